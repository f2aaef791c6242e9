import type { WhyView } from '../contract/outputs.ts'
import { apiVersion, type StatusView } from '../contract/views.ts'
import type { TaskId } from '../domain/ids.ts'
import { explain, explainBarred } from '../domain/why/explain.ts'
import type { DaemonFacts } from '../domain/why/standing.ts'
import { windowStanding } from '../domain/why/window.ts'
import type { DaemonServices } from './services.ts'
import { deletionOf, finishedBy } from './task-history.ts'
import { taskNotFound } from './verdicts.ts'

/** Where a task stands, with what this daemon knows of its workers and shares. */
export async function answerWhy(
  services: Pick<DaemonServices, 'insight' | 'status' | 'ledger' | 'configured' | 'windows' | 'attempts'>,
  id: TaskId,
): Promise<WhyView> {
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

function daemonFacts(
  { daemon, database, positions, workers }: StatusView,
  id: TaskId,
): Extract<DaemonFacts, { up: true }> {
  const share = positions.find(({ taskId }) => taskId === id) ?? null
  return { up: true, phase: daemon.phase, listening: database.listening, share, workers }
}
