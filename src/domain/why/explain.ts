import type { TaskId } from '../ids.ts'
import { isFinished, taskStatuses } from '../task.ts'
import { finishedReasons } from './finished.ts'
import { blocks, standing, type Reason, type Whereabouts, type Why } from './reason.ts'
import { runningReasons } from './running.ts'
import type { LockHolder, TaskStanding, WhyFacts } from './standing.ts'
import { daemonReason } from './takers.ts'
import { databaseReasons, lastAttemptReason, readyReasons, tableLocks, timedReasons } from './waiting.ts'
import { shown } from './words.ts'

/** Why a task is not running, or where it stands (spec §2): pure, total, and never at odds with itself. */
export function explain(facts: WhyFacts): Why {
  const { task } = facts.standing
  const where = whereaboutsOf(facts.standing)
  return {
    taskId: task.id,
    title: shown(task.title),
    status: task.status,
    whereabouts: where,
    reasons: ordered(reasonsOf(where, facts)),
  }
}

/** A task whose row cannot be read because somebody holds the whole table. */
export function explainBarred(taskId: TaskId, locks: readonly LockHolder[]): Why {
  const [lock] = tableLocks(locks)
  const first: Reason = lock ?? blocks('table_locked', 'The whole queue is locked.')
  return {
    taskId,
    title: '',
    status: null,
    whereabouts: 'unreadable',
    reasons: [{ ...first, weight: 'standing' }],
  }
}

export function whereaboutsOf({ task, rawStatus }: TaskStanding): Whereabouts {
  if (!(taskStatuses as readonly string[]).includes(rawStatus)) return 'unmanaged'
  if (isFinished(task.status)) return 'finished'
  if (task.status === 'in_progress') return 'running'
  return task.status === 'scheduled' || task.status === 'retry' ? 'waiting_for_time' : 'ready'
}

function reasonsOf(where: Exclude<Whereabouts, 'unreadable'> | Whereabouts, facts: WhyFacts): Reason[] {
  switch (where) {
    case 'finished':
      return finishedReasons(facts)
    case 'running':
      return [...runningReasons(facts), ...writeReasons(facts.standing), ...around(facts)]
    case 'waiting_for_time':
      return [...timedReasons(facts), ...around(facts)]
    case 'ready':
      return [...readyReasons(facts), ...around(facts)]
    case 'unmanaged':
    case 'unreadable':
      return [foreignStatus(facts.standing)]
    default:
      return where satisfies never
  }
}

/** Locks on the table are the business of those who wait for a claim; a running task is told of what stops its own row. */
function writeReasons(facts: TaskStanding): Reason[] {
  return databaseReasons({ ...facts, locks: facts.locks.filter(({ on }) => on === 'row') })
}

function around(facts: WhyFacts): Reason[] {
  return [...daemonReason(facts), ...lastAttemptReason(facts.standing)]
}

function foreignStatus({ task, rawStatus }: TaskStanding): Reason {
  return standing(
    'foreign_status',
    `Its status is '${shown(rawStatus, 60)}', another program's own: jrctl leaves such tasks alone.`,
    `To have it done: jrctl tasks retry ${task.id}`,
  )
}

const weights: readonly Reason['weight'][] = ['standing', 'blocks', 'tells']

/** Stable within a weight. */
function ordered(reasons: readonly Reason[]): Reason[] {
  return reasons.toSorted((a, b) => weights.indexOf(a.weight) - weights.indexOf(b.weight))
}
