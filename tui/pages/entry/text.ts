import type { LedgerEntry, LedgerLevel } from '../../../src/domain/ledger-event.ts'
import { safe } from '../../../src/text/fit.ts'
import { moment } from '../../../src/text/format.ts'
import { happenedAt } from '../../../src/text/ledger-time.ts'
import type { Line, Role } from '../../line.ts'
import { field } from '../field.ts'

const roles: Record<LedgerLevel, Role | undefined> = { info: undefined, warn: 'warn', error: 'bad' }

/** The page as lines of at most `columns` cells. */
export function entryText(entry: LedgerEntry, columns: number, nowMs: number): Line[] {
  const at = happenedAt(entry)
  const put = (label: string, text: string, role?: Role) => field(label, text, columns, role)
  return [
    ...put('Entry', `${entry.id} ${entry.eventType}`),
    ...put('Level', entry.level, roles[entry.level]),
    ...put('When', moment(at, nowMs)),
    // Events of tasks are copied here, after an absence of the daemon much later.
    ...(at === entry.createdAt ? [] : put('Noted', moment(entry.createdAt, nowMs))),
    ...put('Who', entry.actor),
    ...(entry.taskId === undefined ? [] : put('Task', `${entry.taskId} (t shows it)`)),
    ...(entry.worker === undefined ? [] : put('Worker', `${safe(entry.worker)} (w shows it)`)),
    [],
    ...put('What', entry.message, roles[entry.level]),
    ...(entry.data === undefined ? [] : [[], ...put('Data', JSON.stringify(entry.data, null, 2))]),
    [],
    ...put('Hash', entry.hash),
    ...(entry.dedupeKey === undefined ? [] : put('Key', entry.dedupeKey)),
  ]
}
