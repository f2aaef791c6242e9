import { type DeadLetter } from '../../../src/domain/dead-letter.ts'
import { fit, safe } from '../../../src/text/fit.ts'
import { age } from '../../../src/text/format.ts'
import {
  type Column,
  noneLike,
  said,
  type TableRow,
  tableLines,
  wideColumns,
} from '../../components/table.ts'
import type { Line } from '../../line.ts'
import { listHeight } from '../../list-height.ts'
import type { AppState, Size } from '../../state.ts'
import { letterList, shownLetters } from './state.ts'
import { asking } from '../../components/asking.ts'

function columnsFor({ columns }: Size, rows: readonly DeadLetter[]): Column[] {
  const isWide = columns >= wideColumns
  return [
    { title: 'ID', width: rows.reduce((cells, { id }) => Math.max(cells, id.length), 4), align: 'right' },
    { title: 'KIND', width: 6, fromColumns: wideColumns },
    { title: 'JR', width: isWide ? 22 : 14, fromColumns: 72 },
    { title: 'TITLE', width: isWide ? 30 : columns >= 60 ? 16 : 12 },
    // What an operator comes for has the room that is left.
    { title: 'ERROR', width: 0, flexible: true },
    { title: 'TRIES', width: 5, align: 'right', fromColumns: 60 },
    { title: 'REPLAYS', width: 7, align: 'right', fromColumns: wideColumns },
    { title: 'DIED', width: 6, align: 'right' },
  ]
}

/** Lines above the table: where these letters come from, when it is not the queue. */
export function copyLines(state: AppState): Line[] {
  const because = letterList(state)?.copyBecause ?? null
  if (because === null) return []
  const text = `  This node's own copy, for the queue does not answer: ${safe(because)}`
  return [[{ text: fit(text, state.size.columns), role: 'warn' }]]
}

export function letterLines(state: AppState): Line[] {
  const rows = shownLetters(state)
  if (rows === null) return [[], [`  ${asking(state)}`]]
  const above = copyLines(state)
  if (rows.length === 0) return [...above, ...noLetters(state)]
  const table = tableLines(
    columnsFor(state.size, rows),
    rows,
    (letter) => rowOf(letter, state.status.at.wallMs),
    {
      list: state.lists.dead_letters,
      size: state.size,
      height: listHeight(state),
    },
  )
  return [...above, ...table]
}

function noLetters(state: AppState): Line[] {
  if (state.arrangements.dead_letters.filter !== '') return noneLike(state)
  return said('No task, run or worker has been given up.', state.size)
}

function rowOf(letter: DeadLetter, nowMs: number): TableRow {
  return {
    id: letter.id,
    cells: [
      letter.id,
      letter.kind,
      safe(letter.jrName) || '–',
      safe(letter.title),
      { text: firstLine(letter.error), role: 'bad' },
      letter.maxAttempts === null ? String(letter.attempts) : `${letter.attempts}/${letter.maxAttempts}`,
      letter.replays === 0 ? '–' : String(letter.replays),
      letter.diedAt === null ? '?' : age(nowMs - letter.diedAt),
    ],
  }
}

/** The first line that says something. */
export function firstLine(error: string | null): string {
  return safe((error ?? '').trim().split('\n')[0])
}
