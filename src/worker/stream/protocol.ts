import { sanitize } from '../../domain/sanitize.ts'
import { taskLimits } from '../../domain/task.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { Claimed, Failure } from '../../ports/task-queue.ts'
import type { OutputLine } from '../line-splitter.ts'
import type { Outcome } from '../outcome.ts'
import type { Progress } from '../progress-line.ts'
import { toStorableJson } from '../storable-json.ts'
import { taskDocument } from '../task-document.ts'

/**
 * What `jrctl work --stream` and its program say to each other: JSON objects, one a line, each naming the attempt it is about.
 *
 * To the program, on stdin:
 *
 *     {"attempt": ID, "key": SECRET, "task": {…}}   a task to do; `task` as a command without --stream gets it on stdin
 *     {"attempt": ID, "cancel": WHY}                stop doing it, and answer (anything) when it has stopped
 *
 * From the program, on stdout, in any order:
 *
 *     {"attempt": ID, "result": ANYTHING}           done
 *     {"attempt": ID, "error": TEXT}                failed; "retry": false fails it for good, "result" keeps what there is
 *     {"attempt": ID, "progress": 40, "note": TEXT} on the way
 *     {"ready": true}                               if it likes: it has started and can take tasks
 *
 * Every other line is output for the worker's log. The end of stdin asks it to finish what it has and to exit. ID is opaque and
 * new for each attempt; it is not the fence, which no program ever sees.
 */
export type ProgramMessage =
  { kind: 'answer'; attempt: string; answer: Answer } | { kind: 'ready' } | { kind: 'log' } | Unattributable

export type Answer = Outcome | { kind: 'progress'; progress: Progress }

/** A message too long to be read, that does not begin with the attempt it is about: somebody's answer is lost. */
export interface Unattributable {
  kind: 'unattributable'
  reason: string
}

/** What a line may take: the largest result, and what is around it. */
export const lineBytesMax = taskLimits.resultBytes + 64 * 1024

/** Throws when something in the row cannot be written as JSON. */
export function taskLine(attempt: string, key: string, claimed: Claimed): string {
  return `{"attempt":"${attempt}","key":"${key}","task":${taskDocument(claimed)}}\n`
}

export function cancelLine(attempt: string, why: string): string {
  return `${JSON.stringify({ attempt, cancel: why })}\n`
}

/** What a line of the program's stdout means. Total: anything that is no message is a line for the log. */
export function parseProgramLine(line: OutputLine): ProgramMessage {
  if (!looksLikeObject.test(line.text)) return { kind: 'log' }
  if (line.cutBytes > 0) return tooLong(line)
  const parsed = parseObject(line.text)
  if (parsed.kind === 'not json') return notJson(line.text, parsed.reason)
  const { attempt, ready } = parsed.object
  if (typeof attempt !== 'string') return { kind: ready === true ? 'ready' : 'log' }
  return { kind: 'answer', attempt, answer: answerOf(parsed.object, line.text) }
}

const looksLikeObject = /^[ \t]*\{/
/** Of a line that is no JSON as a whole, or was cut. Programs that sort their keys write it first too. */
const attemptFirst = /^[ \t]*\{[ \t]*"attempt"[ \t]*:[ \t]*"([^"\\]{1,64})"/

function tooLong({ text, cutBytes }: OutputLine): ProgramMessage {
  const reason = `the answer is ${Buffer.byteLength(text) + cutBytes} bytes long, over the limit of ${lineBytesMax}`
  const attempt = attemptFirst.exec(text)?.[1]
  return attempt === undefined ? { kind: 'unattributable', reason } : failedAnswer(attempt, reason)
}

/** A line that begins as an answer does was meant as one: NaN, which some languages write, is no JSON. */
function notJson(text: string, reason: string): ProgramMessage {
  const attempt = attemptFirst.exec(text)?.[1]
  return attempt === undefined ? { kind: 'log' } : failedAnswer(attempt, `the answer is not JSON: ${reason}`)
}

type JsonObject = { [key: string]: Json }

/** An object, for the text begins with a brace. */
function parseObject(
  text: string,
): { kind: 'object'; object: JsonObject } | { kind: 'not json'; reason: string } {
  try {
    return { kind: 'object', object: JSON.parse(text) as JsonObject }
  } catch (error) {
    return { kind: 'not json', reason: messageOf(error) }
  }
}

function answerOf(message: JsonObject, text: string): Answer {
  const { error, result, progress } = message
  if (error !== undefined && error !== null) return failureOf(error, message['retry'], result, text)
  if (result !== undefined) return resultOf(result, text)
  if (progress !== undefined) return progressOf(progress, message['note'])
  return failed('the answer has neither "result" nor "error" nor "progress"')
}

function resultOf(result: Json, text: string): Answer {
  const storable = toStorableJson(result, text, taskLimits.resultBytes)
  return storable.ok
    ? { kind: 'completed', result: storable.value }
    : failed(`the result cannot be stored: ${storable.reason}`)
}

/** As exit codes do without --stream: 75 asks for another try, 65 for none, and any other fails the attempt. */
function failureOf(error: Json, retry: Json | undefined, result: Json | undefined, text: string): Answer {
  const kind = retry === true ? 'asked' : retry === false ? 'final' : 'attempt'
  const failure: Failure = {
    kind,
    error: bounded(typeof error === 'string' ? error : JSON.stringify(error)),
  }
  if (result === undefined || result === null) return { kind: 'failed', failure }
  const storable = toStorableJson(result, text, taskLimits.resultBytes)
  return { kind: 'failed', failure: storable.ok ? { ...failure, result: storable.value } : failure }
}

function progressOf(progress: Json, note: Json | undefined): Answer {
  const percent = Math.floor(Math.min(100, Math.max(0, Number(progress) || 0)))
  return { kind: 'progress', progress: { percent, note: typeof note === 'string' ? note : null } }
}

function failed(error: string): Answer {
  return { kind: 'failed', failure: { kind: 'attempt', error: bounded(error) } }
}

function failedAnswer(attempt: string, error: string): ProgramMessage {
  return { kind: 'answer', attempt, answer: failed(error) }
}

function bounded(text: string): string {
  return sanitize(text, { multiline: true, lengthMax: taskLimits.errorBytes })
}
