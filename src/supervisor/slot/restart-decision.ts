import type { WorkerDefinition } from '../../config/policy.ts'
import type { ProcessExit } from '../../ports/process-host.ts'

/** What somebody wants of a slot: a process, none, or none until the operator lets go. */
export type Goal = 'run' | 'rest' | 'hold'

/**
 * Why a process is being ended: to be gone, to be replaced at once, because it fell silent, or because the memory guard takes it
 * out. Null: it ended by itself.
 */
export type EndRequest = { kind: 'stop' | 'renew' | 'silence' | 'shed'; reason: string } | null

/**
 * What follows once the tree is gone. `again` at once, `back_off` after a wait, `stand_by` until it is let back; `fail` is a
 * rest that went wrong.
 */
export type AfterEnd = 'again' | 'back_off' | 'stand_by' | 'rest' | 'fail' | 'hold'

/**
 * An end so soon is a failure whatever its code, where the worker is to run always: it was never up (a worker is ready after one
 * second, spec §4).
 */
export const upAfterMs = 1000

/** Pure: the goal first, then the request, then the restart policy. */
export function afterEnd(
  goal: Goal,
  request: EndRequest,
  restart: WorkerDefinition['restart'],
  exit: ProcessExit,
): AfterEnd {
  if (goal === 'hold') return 'hold'
  if (goal === 'rest') return 'rest'
  if (request?.kind === 'renew') return 'again'
  if (request?.kind === 'shed') return 'stand_by'
  // Asked to stop, then to start again before it had ended.
  if (request?.kind === 'stop') return 'again'
  const clean = request === null && exit.code === 0
  if (restart === 'always') return 'back_off'
  if (restart === 'on-failure') return clean ? 'rest' : 'back_off'
  return clean ? 'rest' : 'fail'
}

/** Whether an end that nobody asked for speaks against the worker: an unclean one, a silence, or one right after its start. */
export function isFailure(
  request: EndRequest,
  restart: WorkerDefinition['restart'],
  exit: ProcessExit,
  uptimeMs: number,
): boolean {
  if (request !== null) return request.kind === 'silence'
  return exit.code !== 0 || (restart === 'always' && uptimeMs < upAfterMs)
}
