import type { LedgerEntry, LedgerLevel } from '../../../src/domain/ledger-event.ts'
import { safe } from '../../../src/text/fit.ts'
import { timestamp } from '../../../src/text/format.ts'
import { happenedAt } from '../../../src/text/ledger-time.ts'
import { type Column, type TableRow, said, tableLines, wideColumns } from '../../components/table.ts'
import type { Line, Role } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState, Size } from '../../state.ts'
import { noneLines } from './none.ts'
import { shownEntries } from './state.ts'
import { asking } from '../../components/asking.ts'

const columnsFor = ({ columns }: Size): Column[] => [
  { title: 'TIME', width: columns >= wideColumns ? 14 : 8 },
  { title: 'LEVEL', width: 5, fromColumns: 48 },
  { title: 'TYPE', width: columns >= wideColumns ? 28 : 20, fromColumns: 64 },
  // What happened mostly names it, too.
  { title: 'ABOUT', width: 16, fromColumns: 100 },
  { title: 'WHAT', width: 0, flexible: true },
  { title: 'WHO', width: 24, fromColumns: 140 },
]

const roles: Record<LedgerLevel, Role> = { info: 'dim', warn: 'warn', error: 'bad' }

export function ledgerLines(state: AppState): Line[] {
  const entries = shownEntries(state)
  if (entries === null) return said(asking(state), state.size)
  if (entries.length === 0) return noneLines(state)
  return tableLines(columnsFor(state.size), entries, (entry) => rowOf(entry, state), {
    list: state.lists.ledger,
    size: state.size,
    height: listHeight(state),
  })
}

function rowOf(entry: LedgerEntry, { size, status }: AppState): TableRow {
  const role = roles[entry.level]
  return {
    id: String(entry.id),
    cells: [
      { text: timeText(happenedAt(entry), status.at.wallMs, size), role: 'dim' },
      { text: entry.level, role },
      { text: safe(entry.eventType), role },
      subjectOf(entry),
      entry.level === 'info' ? safe(entry.message) : { text: safe(entry.message), role },
      { text: safe(entry.actor), role: 'dim' },
    ],
  }
}

/** The task or the worker that an entry is about. */
export function subjectOf({ taskId, worker }: LedgerEntry): string {
  if (taskId !== undefined) return `#${taskId}`
  return worker === undefined ? '–' : safe(worker)
}

/** `13:05:07`, of another day `11-20`; both where there is room. Local time. */
function timeText(epochMs: number, nowMs: number, { columns }: Size): string {
  const [day, time] = [timestamp(epochMs).slice(5, 10), timestamp(epochMs).slice(11)]
  if (columns >= wideColumns) return `${day} ${time}`
  return timestamp(epochMs).slice(0, 10) === timestamp(nowMs).slice(0, 10) ? time : day
}
