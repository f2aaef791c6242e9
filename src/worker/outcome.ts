import { sanitize } from '../domain/sanitize.ts'
import { taskLimits } from '../domain/task.ts'
import type { Json } from '../domain/task.ts'
import { messageOf } from '../errors.ts'
import type { Failure } from '../ports/task-queue.ts'
import type { ResultFile } from './result-file.ts'
import { parseStorableJson, storableText } from './storable-json.ts'

/** How a command ended by itself. */
export interface CommandEnd {
  code: number | null
  signal: NodeJS.Signals | null
  resultFile: ResultFile
  /** The last line of stdout that is neither empty nor progress; null when there is none or it was too long to keep. */
  lastLine: string | null
  stdoutTail: string
  stderrTail: string
}

/** What becomes of the attempt. */
export type Outcome = { kind: 'completed'; result: Json } | { kind: 'failed'; failure: Failure }

/** Exit codes with a meaning (spec §3): EX_TEMPFAIL asks for another try, EX_DATAERR says that none will help. */
const failureKinds: Readonly<Record<number, Failure['kind']>> = { 75: 'asked', 65: 'final' }

/** Exit → outcome. A result file that cannot be taken fails the attempt even on exit 0: its result would be lost. */
export function outcomeOf(end: CommandEnd): Outcome {
  if (end.code === 0 && end.resultFile.kind !== 'bad') {
    return { kind: 'completed', result: resultOf(end) }
  }
  const kind = failureKinds[end.code ?? -1] ?? 'attempt'
  const result = resultOf(end)
  const failure: Failure = { kind, error: errorOf(end) }
  return { kind: 'failed', failure: result === null ? failure : { ...failure, result } }
}

/** The file's JSON, else the last line of stdout when that is JSON, else stdout's tail, else null. */
function resultOf({ resultFile, lastLine, stdoutTail }: CommandEnd): Json {
  if (resultFile.kind === 'json') return resultFile.value
  const parsed = lastLine === null ? undefined : parseStorableJson(lastLine, taskLimits.resultBytes)
  if (parsed?.ok === true) return parsed.value
  return stdoutTail === '' ? null : storableText(stdoutTail)
}

function errorOf({ code, signal, resultFile, stderrTail }: CommandEnd): string {
  const how = exitText(code, signal)
  return errorWithTail(resultFile.kind === 'bad' ? `${how}: ${resultFile.reason}` : how, stderrTail)
}

/** Something in the row cannot be handed to a command. Given back it would come again first, for ever, before all others. */
export function unpreparable(error: unknown): Outcome {
  const failure = {
    kind: 'attempt',
    error: `the attempt could not be prepared: ${messageOf(error)}`,
  } as const
  return { kind: 'failed', failure }
}

export function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${code}` : `killed by ${signal}`
}

/** What happened, and the end of what the command said about it. */
export function errorWithTail(what: string, stderrTail: string): string {
  const tail = stderrTail.trim()
  const text = tail === '' ? what : `${what}: ${tail}`
  return sanitize(text, { multiline: true, lengthMax: taskLimits.errorBytes })
}
