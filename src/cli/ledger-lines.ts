import type { LedgerEntry, LedgerLevel } from '../domain/ledger-event.ts'
import { timestamp } from '../text/format.ts'
import { happenedAt } from '../text/ledger-time.ts'
import type { Output } from './output.ts'
import { safe } from '../text/fit.ts'

const styles = { info: 'dim', warn: 'yellow', error: 'red' } as const satisfies Record<LedgerLevel, string>

/** One entry on one line: when, what, whom it concerns, in words, by whom. */
export function entryLine(entry: LedgerEntry, output: Output): string {
  const subject = entry.taskId === undefined ? entry.worker : `#${entry.taskId}`
  const parts = [
    output.style('dim', timestamp(happenedAt(entry))),
    output.style(styles[entry.level], entry.eventType.padEnd(20)),
    ...(subject === undefined ? [] : [safe(subject)]),
    safe(entry.message),
    output.style('dim', `(${safe(entry.actor)})`),
  ]
  return parts.join('  ')
}
