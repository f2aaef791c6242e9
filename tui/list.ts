/** The cursor of a list. It belongs to a row, not to a place: when rows come and go, it goes along with its own. */
export interface ListState {
  /** The row under the cursor; null in an empty list. */
  id: string | null
  /** Where it was last, for when its row is gone. */
  index: number
  /** The first row shown. */
  top: number
}

/** Further than any list is long. */
export const toTheEnd = 1e9

export const emptyList: ListState = { id: null, index: 0, top: 0 }

/** The cursor on these rows, `height` of which are shown at a time. The same object when nothing changed. */
export function settleList(list: ListState, ids: readonly string[], height: number): ListState {
  const found = list.id === null ? -1 : ids.indexOf(list.id)
  return placed(list, ids, found >= 0 ? found : list.index, height)
}

/** The cursor moved by so many rows, within bounds. */
export function moveCursor(list: ListState, ids: readonly string[], by: number, height: number): ListState {
  return placed(list, ids, settleList(list, ids, height).index + by, height)
}

function placed(list: ListState, ids: readonly string[], wanted: number, height: number): ListState {
  const index = Math.max(0, Math.min(wanted, ids.length - 1))
  const id = ids[index] ?? null
  const lowest = Math.max(0, ids.length - height)
  const top = Math.min(lowest, Math.min(index, Math.max(list.top, index - height + 1)))
  if (id === list.id && index === list.index && top === list.top) return list
  return { id, index, top }
}

/** The rows that are seen. */
export function visible<Row>(rows: readonly Row[], list: ListState, height: number): readonly Row[] {
  return rows.slice(list.top, list.top + height)
}
