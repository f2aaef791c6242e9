import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import type { AppState } from '../../state.ts'
import { isLike } from './query.ts'

/** What was heard of the ledger since the screen was opened: so its growth is shown without asking. */
export interface Heard {
  /** Without a gap, oldest first. */
  entries: readonly LedgerEntry[]
  /** Nothing was missed between the last answer and these: the two together are the ledger's end. */
  isWhole: boolean
}

export const nothingHeard: Heard = { entries: [], isWhole: false }

/** Entries held of each, answered and heard. */
export const heldMax = 1000

/** With new entries of the ledger, as long as it is looked at. */
export function hearing(state: AppState, entries: readonly LedgerEntry[]): AppState {
  const { heard } = state
  const [first] = entries
  if (!first || state.screen !== 'ledger') return missed(state)
  const last = heard.entries.at(-1)
  // The numbers of a ledger have no gaps, so one among these says that something was missed.
  if (last && first.id !== last.id + 1) return { ...state, heard: { entries, isWhole: false } }
  return folded({ ...state, heard: { ...heard, entries: [...heard.entries, ...entries] } })
}

/** What was heard proves nothing any more of what is there now: it is to be asked for. */
export function missed(state: AppState): AppState {
  return state.heard === nothingHeard ? state : { ...state, heard: nothingHeard }
}

/** An answer has come; what it was asked for after the last gap is whole with what was heard since. */
export function answered(state: AppState): AppState {
  return state.heard.isWhole ? state : { ...state, heard: { ...state.heard, isWhole: true } }
}

/** The oldest of what was heard goes to the answer that it follows, where it is too much. */
function folded(state: AppState): AppState {
  const { heard, loaded } = state
  const over = heard.entries.length - heldMax
  if (over <= 0) return state
  const rest = { ...state, heard: { ...heard, entries: heard.entries.slice(over) } }
  // A window of earlier ones does not grow; the end is asked for when one goes back to it.
  if (!loaded.ledger || loaded.ledger.by.place !== 'end')
    return { ...rest, heard: { ...rest.heard, isWhole: false } }
  const { by, answer } = loaded.ledger
  const since = answer.at(-1)?.id ?? 0
  const old = heard.entries.slice(0, over).filter((entry) => entry.id > since && isLike(entry, by.query))
  const longer = [...answer, ...old].slice(-heldMax)
  return { ...rest, loaded: { ...loaded, ledger: { by, answer: longer } } }
}
