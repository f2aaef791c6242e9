import { emptyList } from '../../list.ts'
import type { AppState, Step } from '../../state.ts'
import { step } from '../../state.ts'
import { openedLog } from './log.ts'
import { type LogName, logKey } from './log-name.ts'

/** Shows this log, following it; from wherever one is. */
export function openLog(state: AppState, name: LogName): Step {
  const isShown = state.log !== null && logKey(state.log.name) === logKey(name)
  const next: AppState = { ...state, screen: 'logs', pages: [], help: false, message: null }
  return step(isShown ? next : { ...unfiltered(next), log: openedLog(name) })
}

/** Back to the choice of logs, the cursor on the one that was read. */
export function closeLog(state: AppState): Step {
  if (state.log === null) return step(state)
  const id = logKey(state.log.name)
  const next = unfiltered(state)
  return step({ ...next, log: null, lists: { ...next.lists, logs: { ...emptyList, id } } })
}

function unfiltered(state: AppState): AppState {
  return {
    ...state,
    lists: { ...state.lists, logs: emptyList },
    arrangements: { ...state.arrangements, logs: { ...state.arrangements.logs, filter: '' } },
  }
}
