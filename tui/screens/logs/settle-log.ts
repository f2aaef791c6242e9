import { listHeight } from '../../list-height.ts'
import { type ListState, moveCursor } from '../../list.ts'
import type { AppState } from '../../state.ts'
import { logIds } from './state.ts'

/** Further than any log is long. */
const toTheEnd = 1e9

/**
 * The cursor of a log after anything: at its end it stays at its end; elsewhere it stays on its row, and the row in its place,
 * also when the oldest ones go.
 */
export function settleLog(before: AppState, after: AppState): AppState {
  const { log, screen, lists } = after
  if (log === null || screen !== 'logs') return after
  const ids = logIds(after)
  const isMoved = before.lists.logs !== lists.logs && before.log?.rows === log.rows && ids.length > 0
  const stays = isMoved ? lists.logs.id === ids.at(-1) : log.stays
  const list = stays
    ? moveCursor(lists.logs, ids, toTheEnd, listHeight(after))
    : withoutOldest(lists.logs, before, ids)
  const seen = stays ? log.next - 1 : log.seen
  if (list === lists.logs && stays === log.stays && seen === log.seen) return after
  return { ...after, lists: { ...lists, logs: list }, log: { ...log, stays, seen } }
}

function withoutOldest(list: ListState, before: AppState, ids: readonly string[]): ListState {
  const [oldest] = ids
  if (before.log === null || oldest === undefined) return list
  const known = logIds(before)
  const gone = known.findIndex((id) => Number(id) >= Number(oldest))
  if (gone <= 0) return list
  return { ...list, index: Math.max(0, list.index - gone), top: Math.max(0, list.top - gone) }
}
