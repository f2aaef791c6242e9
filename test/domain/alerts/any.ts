import type { Transition } from '../../../src/domain/alerts/alert.ts'
import type { LedgerEntry, LedgerEventType } from '../../../src/domain/ledger-event.ts'

/** An entry of a ledger, as the daemon writes it. */
export function entry(eventType: LedgerEventType, more: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id: 7,
    createdAt: 1_000,
    hash: '',
    eventType,
    level: 'info',
    actor: 'daemon',
    message: 'it happened',
    ...more,
  }
}

export function transition(more: Partial<Transition> = {}): Transition {
  return {
    id: 'n-1:7',
    topics: ['database'],
    key: 'database',
    change: 'raised',
    severity: 'critical',
    summary: 'it is away',
    at: 1_000,
    ...more,
  }
}
