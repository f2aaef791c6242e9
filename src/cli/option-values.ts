import { InvalidArgumentError } from 'commander'
import { parseTaskId, type TaskId } from '../domain/ids.ts'
import { taskLimits } from '../domain/task.ts'
import type { Choosing } from './manual/value-kind.ts'
import { guess } from './nearest.ts'

/** Parsers of option values for commander, which names the option in front of what they throw. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is wanted.`)
  }
}

/** The path of a file. An empty one would be the folder that we are in. */
export function filePath(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('The name of a file is wanted.')
}

/** The path of a folder, such as an unset variable of a script does not name. */
export function folderPath(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('The name of a folder is wanted.')
}

/** The name of somebody, such as an unset variable of a script does not give. */
export function jrValue(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('The name of a Jr is wanted. Without this option any Jr may have it.')
}

/** A number from 0, such as a budget. */
export function nonNegative(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('A number from 0 is wanted.')
}

/** A task's score; an empty text takes it away. (Commander makes an empty text of null.) */
export function score(text: string): number | '' {
  if (text === '') return ''
  const { scoreMin: min, scoreMax: max } = taskLimits
  const value = Number(text)
  if (text.trim() !== '' && value >= min && value <= max) return value
  throw new InvalidArgumentError(`A number from ${min} to ${max} is wanted.`)
}

/** A task's id as people write it: `42` or `#42`. */
export function taskIdValue(text: string): TaskId {
  const id = parseTaskId(text)
  if (id === undefined) throw new InvalidArgumentError('A task id is a whole number from 1, such as 42.')
  return id
}

/** More ids in one call are a mistake of a shell's expansion. */
const maxIds = 1000

/** Gathers ids of a variadic argument. */
export function taskIdValues(text: string, before: TaskId[] | undefined): TaskId[] {
  const ids = [...(before ?? []), taskIdValue(text)]
  if (ids.length > maxIds) throw new InvalidArgumentError(`At most ${maxIds} ids at a time.`)
  return ids
}

/** One of some words. It says which, so that help, manual and completions need not say it again. */
export function oneOf<T extends string>(allowed: readonly T[]): ((text: string) => T) & Choosing {
  const parse = (text: string): T => {
    const found = allowed.find((value) => value === text)
    if (found !== undefined) return found
    const meant = guess(text, allowed)
    const hint = meant === null ? '' : ` Did you mean ${meant}?`
    throw new InvalidArgumentError(`Allowed are: ${allowed.join(', ')}.${hint}`)
  }
  return Object.assign(parse, { allowed, isList: false })
}

/** Several of them, comma-separated. */
export function listOf<T extends string>(allowed: readonly T[]): ((text: string) => T[]) & Choosing {
  const one = oneOf(allowed)
  const parse = (text: string): T[] => text.split(',').map((part) => one(part.trim()))
  return Object.assign(parse, { allowed, isList: true })
}

export function words(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
