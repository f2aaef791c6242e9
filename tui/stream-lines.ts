import type { StatusView } from '../src/contract/views.ts'
import type { LedgerEntry } from '../src/domain/ledger-event.ts'

/** What `jrctl top --json` tells, a JSON object a line. */
export type StreamLine =
  | { kind: 'status'; status: StatusView }
  /** What the ledger has noted since the line before of this kind. */
  | { kind: 'ledger'; entries: readonly LedgerEntry[] }
  /** The reader was too slow, and so many entries of the ledger were left out. */
  | { kind: 'missed'; entries: number }
  /** Nothing is heard of the daemon any more; a line of another kind says that it is back. */
  | { kind: 'away'; reason: string }

/** Some seconds of a busy fleet; a reader that is further behind is told how much it misses. */
export const entriesWaitingMax = 1_000

/** What has not been written yet: the latest of what follows from its latest, a bounded part of what does not. */
export class WaitingLines {
  #away: string | null = null
  #status: StatusView | null = null
  #entries: LedgerEntry[] = []
  #missed = 0

  away(reason: string): void {
    this.#away = reason
    this.#status = null
  }

  status(status: StatusView): void {
    this.#status = status
  }

  entries(entries: readonly LedgerEntry[]): void {
    this.#entries.push(...entries)
    this.#missed += this.#entries.splice(0, Math.max(0, this.#entries.length - entriesWaitingMax)).length
  }

  /** All of it, which then is no longer waiting: the state before what was noted on the way to it. */
  take(): StreamLine[] {
    const lines: StreamLine[] = []
    if (this.#away !== null) lines.push({ kind: 'away', reason: this.#away })
    if (this.#status !== null) lines.push({ kind: 'status', status: this.#status })
    if (this.#missed > 0) lines.push({ kind: 'missed', entries: this.#missed })
    if (this.#entries.length > 0) lines.push({ kind: 'ledger', entries: this.#entries })
    this.#away = this.#status = null
    this.#entries = []
    this.#missed = 0
    return lines
  }
}
