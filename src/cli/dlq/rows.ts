import type { DeadLetter } from '../../domain/dead-letter.ts'
import { fit, prepareWidths, safe } from '../../text/fit.ts'
import { age } from '../../text/format.ts'
import type { Output } from '../output.ts'
import { tableLines, type CellText, type Column } from '../table.ts'

const columns: Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'KIND', fromColumns: 100 },
  { title: 'JR' },
  { title: 'TITLE', flexible: true },
  { title: 'ERROR' },
  { title: 'TRIES', align: 'right' },
  { title: 'REPLAYS', align: 'right', fromColumns: 90 },
  { title: 'DIED', align: 'right' },
]
/** Beyond this an error says no more in a list; on a narrow terminal title and error share what the others leave. */
const errorCharactersMax = 60
const errorCharactersMin = 16
const othersCharacters = 44

function errorRoom({ columns: width }: Output): number {
  const half = Math.floor((width - othersCharacters) / 2)
  return Math.min(errorCharactersMax, Math.max(errorCharactersMin, half))
}

export async function letterLines(
  letters: readonly DeadLetter[],
  output: Output,
  nowMs: number,
): Promise<string[]> {
  await prepareWidths(letters.flatMap(({ title, jrName, error }) => [safe(title), safe(jrName), safe(error)]))
  return tableLines(
    columns,
    letters.map((letter) => row(letter, nowMs, errorRoom(output))),
    output,
    0,
  )
}

function row(letter: DeadLetter, nowMs: number, room: number): CellText[] {
  return [
    letter.id,
    letter.kind,
    safe(letter.jrName) || '–',
    safe(letter.title),
    { text: shortError(letter.error, room), style: 'red' },
    letter.maxAttempts === null ? String(letter.attempts) : `${letter.attempts}/${letter.maxAttempts}`,
    String(letter.replays),
    letter.diedAt === null ? '?' : age(nowMs - letter.diedAt),
  ]
}

/** The first line that says something. */
function shortError(error: string | null, room: number): string {
  const line = safe((error ?? '').trim().split('\n')[0])
  return fit(line, room)
}
