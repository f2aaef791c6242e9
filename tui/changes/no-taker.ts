import type { JrName, TaskId } from '../../src/domain/ids.ts'
import type { WorkerView } from '../../src/domain/worker.ts'
import { safe } from '../../src/text/fit.ts'
import type { AppState } from '../state.ts'

/** That nobody claims a waiting task, why, and what to do; null: as far as the status tells, somebody does. */
export function noTakerWords(
  { status: { view } }: Pick<AppState, 'status'>,
  { id, assignedJr }: { id: TaskId; assignedJr: JrName | null },
): string | null {
  const { cluster, workers } = view
  if (assignedJr === null) {
    return cluster?.onlineJrs === 0
      ? 'no Jr is online to claim it. Start one: jrctl workers start NAME'
      : null
  }
  const name = safe(assignedJr)
  if (cluster?.unseen?.some(({ jr }) => jr === assignedJr) === true)
    return `${name} was never seen, so nobody claims it. Give it to another: jrctl tasks set ${id} --assign NAME`
  const own = workers.filter((worker) => worker.name === assignedJr)
  const [first] = own
  if (first === undefined || !own.every(isHeld)) return null
  const wayUp = first.state === 'paused' ? 'resume' : 'start'
  return `${name} is ${first.state} here and claims nothing. Try: jrctl workers ${wayUp} ${JSON.stringify(name)}`
}

/** Down until an operator wants it again; a scheduled one that has been stopped comes back at its time. */
function isHeld({ state, schedule }: WorkerView): boolean {
  return state === 'paused' || (state === 'stopped' && schedule === undefined)
}
