import type { AppEvent } from '../../event.ts'
import type { AppState, Effect } from '../../state.ts'
import { afterNews } from './log.ts'
import { logKey } from './log-name.ts'
import { followedLog } from './state.ts'

/** What was said of a log that is read no more is old. */
export function afterLogNews(state: AppState, { name, news }: AppEvent & { kind: 'log' }): AppState {
  const { log } = state
  if (log === null || logKey(log.name) !== logKey(name)) return state
  return { ...state, log: afterNews(log, news) }
}

/** Another log is to be read than before, or none. */
export function followEffects(before: AppState, after: AppState): Effect[] {
  const [was, now] = [followedLog(before), followedLog(after)]
  const isSame = (was === null ? null : logKey(was)) === (now === null ? null : logKey(now))
  return isSame ? [] : [{ kind: 'follow_log', log: now }]
}
