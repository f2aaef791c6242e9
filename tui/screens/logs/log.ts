import { bytes, count } from '../../../src/text/format.ts'
import type { LogName } from './log-name.ts'

/** A line of a log, or a word of ours between two lines. */
export interface LogRow {
  /** Its number since the log was opened here. */
  id: string
  kind: 'line' | 'mark'
  text: string
  /** So many bytes at its end were left out. */
  cutBytes: number
}

/** What is read of a log, and how far. Bounded, whatever is written. */
export interface LogState {
  name: LogName
  link: LogLink
  path: string | null
  rows: readonly LogRow[]
  /** Of all rows together. */
  characters: number
  /** The number of the next row. */
  next: number
  /** The cursor is at the end and stays there as lines come. */
  stays: boolean
  /** The number of the last row that was seen while it stayed. */
  seen: number
}

/** `retryAtMs` is monotonic. */
export type LogLink =
  { kind: 'asking' } | { kind: 'live' } | { kind: 'away'; reason: string; retryAtMs: number }

export type LogText = Pick<LogRow, 'text' | 'cutBytes'>

/** What is heard of a log that is followed. */
export type LogNews =
  /** Its end as it is now: what was read here before may be in it. */
  | { kind: 'tail'; path: string; lines: readonly LogText[] }
  | { kind: 'lines'; lines: readonly LogText[] }
  /** So many lines came faster than they could be told. */
  | { kind: 'missed'; lines: number }
  /** So many bytes were rotated away unread. */
  | { kind: 'gap'; bytes: number }
  | { kind: 'away'; reason: string; retryAtMs: number }

export const logBounds = { rows: 5000, characters: 4 * 1024 * 1024 } as const

export function openedLog(name: LogName): LogState {
  return {
    name,
    link: { kind: 'asking' },
    path: null,
    rows: [],
    characters: 0,
    next: 1,
    stays: true,
    seen: 0,
  }
}

export function afterNews(log: LogState, news: LogNews): LogState {
  switch (news.kind) {
    case 'tail':
      return withTail({ ...log, link: { kind: 'live' }, path: news.path }, news.lines)
    case 'lines':
      return withRows(log, news.lines.map(lineRow))
    case 'missed':
      return withRows(log, [markRow(`${count(news.lines, 'line')} came too fast to be shown`)])
    case 'gap':
      return withRows(log, [markRow(`${bytes(news.bytes)} were rotated away and deleted unread`)])
    case 'away':
      return { ...log, link: news }
    default:
      news satisfies never
      return log
  }
}

type NewRow = Omit<LogRow, 'id'>

function lineRow({ text, cutBytes }: LogText): NewRow {
  return { kind: 'line', text, cutBytes }
}

function markRow(text: string): NewRow {
  return { kind: 'mark', text, cutBytes: 0 }
}

/** Goes on where it was, as far as that is in the tail. */
function withTail(log: LogState, tail: readonly LogText[]): LogState {
  const known = log.rows.filter(({ kind }) => kind === 'line')
  if (known.length === 0) return withRows(log, tail.map(lineRow))
  const after = afterKnown(known, tail)
  if (after !== null) return withRows(log, tail.slice(after).map(lineRow))
  return withRows(log, [markRow('what was written before this was not seen'), ...tail.map(lineRow)])
}

/** So many lines that are equal are the same ones. */
const equalsEnough = 50

/** How many of the tail's lines are known already; null: none of its lines follows what is known. */
function afterKnown(known: readonly LogText[], tail: readonly LogText[]): number | null {
  for (let end = tail.length; end > 0; end -= 1) {
    const compared = Math.min(end, known.length, equalsEnough)
    let equal = 0
    while (equal < compared && known.at(-1 - equal)?.text === tail[end - 1 - equal]?.text) equal += 1
    if (equal === compared) return end
  }
  return null
}

function withRows(log: LogState, added: readonly NewRow[]): LogState {
  if (added.length === 0) return log
  const numbered = added.map((row, index): LogRow => ({ ...row, id: String(log.next + index) }))
  const rows = [...log.rows, ...numbered]
  let characters = log.characters + numbered.reduce((sum, { text }) => sum + text.length, 0)
  let dropped = 0
  while (
    rows.length - dropped > 1 &&
    (rows.length - dropped > logBounds.rows || characters > logBounds.characters)
  ) {
    characters -= rows[dropped]?.text.length ?? 0
    dropped += 1
  }
  return {
    ...log,
    rows: dropped === 0 ? rows : rows.slice(dropped),
    characters,
    next: log.next + added.length,
  }
}
