import { UserError } from '../../errors.ts'
import { isDeeperThan } from '../../domain/json-levels.ts'
import { taskLimits, type Json } from '../../domain/task.ts'

/**
 * Values on their way into rows. Postgres stores neither NUL characters nor halves of surrogate pairs; what a command
 * printed may hold both, and a result is not lost for it: they are taken out. What is too long is cut, or refused where a
 * part would lie.
 */
export function textForDatabase(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed()
}

/** Keeps the beginning, which names the error. */
export function errorForDatabase(text: string): string {
  return cutToBytes(textForDatabase(text), taskLimits.errorBytes)
}

const noteBytes = 1_000

export function noteForDatabase(note: string | null): string | null {
  return note === null ? null : cutToBytes(textForDatabase(note), noteBytes)
}

/** @throws UserError when the JSON is larger or deeper than a row may hold */
export function jsonForDatabase(value: Json): string {
  if (isDeeperThan(taskLimits.resultLevels, value)) {
    throw new UserError(`the result is nested deeper than ${taskLimits.resultLevels} levels`, {
      hint: 'Write such results to a file and return its path.',
    })
  }
  const text = JSON.stringify(cleaned(value))
  const bytes = Buffer.byteLength(text)
  if (bytes > taskLimits.resultBytes) {
    throw new UserError(`the result has ${bytes} bytes, the limit is ${taskLimits.resultBytes}`, {
      hint: 'Write large results to a file and return its path.',
    })
  }
  return text
}

function cleaned(value: Json): Json {
  if (typeof value === 'string') return textForDatabase(value)
  if (Array.isArray(value)) return value.map(cleaned)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [textForDatabase(key), cleaned(inner)]),
  )
}

/** Never in the middle of a character. */
function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return text
  const mark = ' … (cut)'
  const kept = bytes.subarray(0, bytesMax - Buffer.byteLength(mark)).toString()
  return `${kept.replace(/\uFFFD$/u, '')}${mark}`
}
