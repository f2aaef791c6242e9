import type { WhyView } from '../contract/outputs.ts'
import { apiVersion, type StatusView } from '../contract/views.ts'
import type { TaskId } from '../domain/ids.ts'
import { type Blocker, chiefBlocker } from '../domain/why/blocker.ts'
import { explain, explainBarred } from '../domain/why/explain.ts'
import type { DaemonFacts } from '../domain/why/standing.ts'
import { windowStanding } from '../domain/why/window.ts'
import { OperationalError } from '../errors.ts'
import { Refusal } from './refusal.ts'
import type { DaemonServices } from './services.ts'
import { deletionOf, finishedBy } from './task-history.ts'
import { taskNotFound } from './verdicts.ts'

type Services = Pick<DaemonServices, 'insight' | 'status' | 'ledger' | 'configured' | 'windows' | 'attempts'>

/** Where a task stands, with what this daemon knows of its workers and shares. */
export async function answerWhy(services: Services, id: TaskId): Promise<WhyView> {
  const sighting = await services.insight.sight(id)
  if (sighting.kind === 'not_found') throw taskNotFound(id, deletionOf(services.ledger, id))
  if (sighting.kind === 'barred') return { apiVersion, ...explainBarred(id, sighting.locks), facts: null }
  const { task, ...facts } = sighting.standing
  const seen = daemonFacts(await services.status(), id)
  const configured = services.configured()
  const daemon = { ...seen, configured, finishedBy: finishedBy(services.ledger, task) }
  const window = windowStanding(task, services.windows(), services.attempts.clock.wallMs())
  return { apiVersion, ...explain({ standing: sighting.standing, daemon, window }), facts }
}

/** What keeps a waiting task from being claimed; null also where that cannot be found out: what was done to it holds all the same. */
export async function blockerOf(services: Services, id: TaskId): Promise<Blocker | null> {
  try {
    return chiefBlocker(await answerWhy(services, id))
  } catch (error) {
    if (error instanceof OperationalError || error instanceof Refusal) return null
    throw error
  }
}

function daemonFacts(
  { daemon, database, positions, workers }: StatusView,
  id: TaskId,
): Extract<DaemonFacts, { up: true }> {
  const share = positions.find(({ taskId }) => taskId === id) ?? null
  return { up: true, phase: daemon.phase, listening: database.listening, share, workers }
}
