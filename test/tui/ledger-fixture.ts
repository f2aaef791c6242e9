import type { LedgerEntry, LedgerEventType, LedgerLevel } from '../../src/domain/ledger-event.ts'
import { taskId } from '../../src/domain/ids.ts'
import type { AppEvent } from '../../tui/event.ts'
import type { LedgerPlace } from '../../tui/screens/ledger/place.ts'
import type { LedgerQuery } from '../../tui/screens/ledger/query.ts'
import { now } from './fixture.ts'

const kinds: readonly [LedgerEventType, LedgerLevel, string][] = [
  ['task.status_changed', 'info', 'pending → in_progress'],
  ['worker.ended', 'warn', 'exit code 3 after 12 s'],
  ['dlq.added', 'error', 'the last of 4 attempts failed: exit code 3'],
  ['orchestrator.action_executed', 'info', 'recent_failures: brought forward 1 task #41'],
]

/** The entry with this number; what it is about follows from that. */
export function entry(id: number, more: Partial<LedgerEntry> = {}): LedgerEntry {
  const [eventType, level, message] = kinds[id % kinds.length] ?? ['daemon.started', 'info', 'up']
  const subject = eventType.startsWith('worker')
    ? { worker: 'Research Jr.' }
    : { taskId: taskId(40 + (id % 7)) }
  return {
    id,
    createdAt: now.wallMs - (2000 - id) * 1000,
    eventType,
    level,
    actor: 'daemon',
    message,
    hash: String(id).padStart(64, '0'),
    ...subject,
    ...more,
  }
}

export function entries(from: number, to: number): LedgerEntry[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => entry(from + index))
}

export const ledgerCame = (
  answer: readonly LedgerEntry[],
  given: { limit?: number; query?: LedgerQuery; place?: LedgerPlace } = {},
): AppEvent => ({
  kind: 'loaded',
  source: 'ledger',
  by: { query: {}, limit: 100, place: 'end', ...given },
  answer,
})

export const noted = (...given: LedgerEntry[]): AppEvent => ({ kind: 'noted', entries: given })
