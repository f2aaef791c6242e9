import type { DeadLetterView } from '../../../src/contract/outputs.ts'
import { safe } from '../../../src/text/fit.ts'
import { letterFacts, letterHead } from '../../../src/text/letter-facts.ts'
import type { Line } from '../../line.ts'
import { attemptLines } from '../attempts.ts'
import { field, marked, section } from '../field.ts'
import { jsonText } from '../json-text.ts'

/** The page as lines of at most `columns` cells: all that `jrctl dlq show` tells. */
export function letterText(
  { letter, task, attempts }: DeadLetterView,
  columns: number,
  nowMs: number,
): Line[] {
  return [
    ...marked(`${letterHead(letter)}  `, safe(letter.title), columns, 'title'),
    ...letterFacts(letter, nowMs).flatMap(([name, value]) => field(name, value, columns)),
    ...section('Error', task?.error ?? letter.error, columns),
    ...attemptLines(attempts, columns, nowMs),
    ...section('Payload', task?.description ?? jsonText(letter.payload), columns),
    ...section('Result', jsonText(task?.result ?? null), columns),
  ]
}
