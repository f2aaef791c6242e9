import { duration } from '../duration-words.ts'
import { sanitize } from '../sanitize.ts'

/** A name or text from outside within a sentence: one safe line. */
export function shown(text: string, lengthMax = 300): string {
  const firstLine = text.split('\n').find((line) => line.trim() !== '') ?? ''
  return sanitize(firstLine.trim(), { lengthMax })
}

/** As an argument in a command that a person pastes into a shell. */
export function quoted(name: string): string {
  const safe = sanitize(name)
  return /^[\w.@:/+-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`
}

export function ago(ageMs: number | null): string {
  return ageMs === null ? 'at an unknown time' : `${duration(ageMs)} ago`
}

/** `: the error`, or nothing. */
export function because(error: string | null): string {
  const text = error === null ? '' : shown(error)
  return text === '' ? '' : `: ${text}`
}

export function ended(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`
}

export function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}
