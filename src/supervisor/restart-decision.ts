import type { WorkerDefinition } from '../config/policy.ts'
import type { ProcessExit } from '../ports/process-host.ts'

/** What somebody wants of a slot: a process, none, or none until the operator lets go. */
export type Goal = 'run' | 'rest' | 'hold'

/**
 * Why a process is being ended: to be gone, to be replaced at once, or because it fell silent. Null: it ended by itself.
 */
export type EndRequest = { kind: 'stop' | 'renew' | 'silence'; reason: string } | null

/** What follows once the tree is gone. `again` at once, `back_off` after a wait; `fail` is a rest that went wrong. */
export type AfterEnd = 'again' | 'back_off' | 'rest' | 'fail' | 'hold'

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
  // Asked to stop, then to start again before it had ended.
  if (request?.kind === 'stop') return 'again'
  const clean = request === null && exit.code === 0
  if (restart === 'always') return 'back_off'
  if (restart === 'on-failure') return clean ? 'rest' : 'back_off'
  return clean ? 'rest' : 'fail'
}
