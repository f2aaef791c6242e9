import type { DeadLetter } from '../../domain/dead-letter.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { duration } from '../../text/format.ts'
import type { Output } from '../output.ts'
import { tableLines, type CellText, type Column } from '../table.ts'

const columns: Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'KIND', fromColumns: 100 },
  { title: 'JR' },
  { title: 'TITLE', flexible: true },
  { title: 'ERROR', flexible: true },
  { title: 'TRIES', align: 'right' },
  { title: 'REPLAYS', align: 'right', fromColumns: 90 },
  { title: 'DIED', align: 'right' },
]
/** Beyond this an error says no more in a list. */
const errorCharacters = 60

export async function letterLines(
  letters: readonly DeadLetter[],
  output: Output,
  nowMs: number,
): Promise<string[]> {
  await prepareWidths(letters.flatMap(({ title, jrName, error }) => [safe(title), safe(jrName), safe(error)]))
  return tableLines(
    columns,
    letters.map((letter) => row(letter, nowMs)),
    output,
    0,
  )
}

function row(letter: DeadLetter, nowMs: number): CellText[] {
  return [
    letter.id,
    letter.kind,
    safe(letter.jrName) || '–',
    safe(letter.title),
    { text: shortError(letter.error), style: 'red' },
    letter.maxAttempts === null ? String(letter.attempts) : `${letter.attempts}/${letter.maxAttempts}`,
    String(letter.replays),
    letter.diedAt === null ? '?' : duration(nowMs - letter.diedAt),
  ]
}

/** The first line that says something. */
function shortError(error: string | null): string {
  const line = safe((error ?? '').trim().split('\n')[0])
  return line.length <= errorCharacters ? line : `${line.slice(0, errorCharacters - 1)}…`
}
