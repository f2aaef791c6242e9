import { parseLogEntry } from '../../../src/domain/log-entry.ts'
import { bytes, timestamp } from '../../../src/text/format.ts'
import type { Line } from '../../line.ts'
import { withoutColours } from '../../screens/logs/line-text.ts'
import type { LogRow } from '../../screens/logs/log.ts'
import { logRow } from '../../screens/logs/state.ts'
import { field } from '../field.ts'
import type { Page } from '../page.ts'

/** One line of a log, whole. */
export const logLinePage: Page = {
  title: 'This line',
  keys: [],
  lines(state, id) {
    const row = logRow(state, id)
    return row ? rowText(row, state.size.columns) : [['  This line is older than what is kept here.']]
  },
  wants: () => [],
}

function rowText({ text, cutBytes }: LogRow, columns: number): Line[] {
  const entry = parseLogEntry(text)
  const tail = cutBytes === 0 ? [] : field('Left out', `${bytes(cutBytes)} at its end`, columns)
  if (entry === undefined) return [...field('Line', withoutColours(text), columns), ...tail]
  return [...entryFields(text).flatMap(([name, value]) => field(name, value, columns)), ...tail]
}

const headings: Readonly<Record<string, string>> = { time: 'Time', level: 'Level', msg: 'Message' }

/** Of an entry of ours all that is in it, first what a person looks for. */
function entryFields(text: string): [string, string][] {
  const entry = parseLogEntry(text)
  const members = JSON.parse(text) as Record<string, unknown>
  const others = Object.entries(members).filter(([name]) => !(name in headings))
  const epochMs = Date.parse(entry?.time ?? '')
  return [
    ['Time', Number.isNaN(epochMs) ? (entry?.time ?? '') : timestamp(epochMs)],
    ['Level', entry?.level ?? ''],
    ['Message', withoutColours(entry?.msg ?? '')],
    ...others.map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]
}
