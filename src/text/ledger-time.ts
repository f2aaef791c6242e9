import type { LedgerEntry } from '../domain/ledger-event.ts'

/** Events of tasks are copied here, after an absence of the daemon much later; they know when they happened. */
export function happenedAt({ createdAt, data }: LedgerEntry): number {
  const at = data?.['at']
  return typeof at === 'number' ? at : createdAt
}
