import { createHash } from 'node:crypto'
import { ledgerGenesisHash, ledgerHashInput } from '../../src/domain/ledger-event.ts'
import type { LedgerEntry, LedgerFilter, NewLedgerEntry } from '../../src/domain/ledger-event.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Ledger } from '../../src/ports/ledger.ts'

export interface FakeLedger extends Ledger {
  /** All entries, oldest first; not copies, so that a test may tamper with one. */
  readonly entries: LedgerEntry[]
}

/** The same chain as the real one, in memory. */
export function fakeLedger(clock: Clock): FakeLedger {
  const entries: LedgerEntry[] = []
  const listeners = new Set<(entries: readonly LedgerEntry[]) => void>()
  let checkpoint = { id: 0, hash: ledgerGenesisHash }
  const append = (wanted: NewLedgerEntry): LedgerEntry => {
    const known = entries.find(
      (entry) => entry.dedupeKey !== undefined && entry.dedupeKey === wanted.dedupeKey,
    )
    if (known !== undefined) return structuredClone(known)
    const entry = chained(wanted, entries.at(-1) ?? checkpoint, clock.wallMs())
    entries.push(entry)
    for (const listener of listeners) listener([structuredClone(entry)])
    return structuredClone(entry)
  }
  return {
    entries,
    append: async (wanted) => append(wanted),
    note: (wanted) => void append(wanted),
    read: (filter) => structuredClone(select(entries, filter)),
    verify: async () => {
      let previousHash = checkpoint.hash
      for (const { hash, ...entry } of entries) {
        if (sha256(ledgerHashInput(entry, previousHash)) !== hash) {
          return { ok: false, entries: entries.length, brokenAt: entry.id, reason: 'the hash does not match' }
        }
        previousHash = hash
      }
      return { ok: true, entries: entries.length, head: previousHash }
    },
    prune: async ({ before, entries: kept }) => {
      const staying = entries.findIndex(
        ({ createdAt }, index) => createdAt >= before && entries.length - index <= kept,
      )
      const going = entries.splice(0, staying === -1 ? entries.length : staying)
      checkpoint = going.at(-1) ?? checkpoint
      return going.length
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function chained(
  wanted: NewLedgerEntry,
  last: Pick<LedgerEntry, 'id' | 'hash'>,
  createdAt: number,
): LedgerEntry {
  const entry = { ...structuredClone(wanted), id: last.id + 1, createdAt }
  return { ...entry, hash: sha256(ledgerHashInput(entry, last.hash)) }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function select(entries: readonly LedgerEntry[], filter: LedgerFilter): LedgerEntry[] {
  const found = entries.filter((entry) => matches(entry, filter))
  return filter.afterId === undefined ? found.slice(-filter.limit) : found.slice(0, filter.limit)
}

function matches(entry: LedgerEntry, filter: LedgerFilter): boolean {
  return (
    (filter.type === undefined || matchesType(entry.eventType, filter.type)) &&
    (filter.taskId === undefined || entry.taskId === filter.taskId) &&
    (filter.worker === undefined || entry.worker === filter.worker) &&
    (filter.level === undefined || entry.level === filter.level) &&
    (filter.since === undefined || entry.createdAt >= filter.since) &&
    (filter.afterId === undefined || entry.id > filter.afterId) &&
    (filter.beforeId === undefined || entry.id < filter.beforeId)
  )
}

function matchesType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}
