import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import type { AppState } from '../../state.ts'

/** The entry with this number among what has come; null: there is none (any more); undefined: nothing has come yet. */
export function shownEntry({ loaded, heard }: AppState, id: string): LedgerEntry | null | undefined {
  const held = [...(loaded.ledger?.answer ?? []), ...heard.entries].find((entry) => String(entry.id) === id)
  if (held) return held
  return String(loaded.ledger_entry?.by.id) === id ? loaded.ledger_entry?.answer : undefined
}
