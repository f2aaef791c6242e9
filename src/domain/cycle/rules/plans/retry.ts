import type { Snapshot } from '../../snapshot.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'
import { chosen } from './chosen.ts'

/**
 * Retries brought forward and dead letters brought back. Where there are many of both, each gets half, so that neither keeps the
 * other waiting.
 */
export function retry({ jobs }: Snapshot, means: Means): Plan {
  const half = Math.ceil(means.tasksMax / 2)
  const dead = chosen(jobs.dead, means)
  const deadIds = new Set(dead.map(({ id }) => id))
  const waiting = chosen(
    jobs.retries.filter(({ id }) => !deadIds.has(id)),
    means,
  )
  const retries = waiting.slice(0, Math.max(half, means.tasksMax - dead.length))
  const deaths = dead.slice(0, means.tasksMax - retries.length)
  if (retries.length + deaths.length === 0) {
    return nothing('no retry waits and no dead letter is left that was not tried again already')
  }
  return {
    kind: 'action',
    action: {
      action: 'retry_failed',
      retries: retries.map(({ id }) => id),
      deaths: deaths.map(({ id, version }) => ({ taskId: id, version })),
    },
  }
}
