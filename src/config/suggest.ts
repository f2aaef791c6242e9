import { closest, distance } from 'fastest-levenshtein'
import type { FieldNote } from './fields.ts'
import { suggestDuration } from './durations.ts'
import { suggestSize } from './sizes.ts'

/** Longer words are not compared: the cost grows with the square. */
const wordLengthMax = 64

/** The word that `typed` probably means: equal but for case and separators, or a slip of a few letters; else null. */
export function nearest(typed: string, words: readonly string[]): string | null {
  if (words.length === 0 || typed.length === 0 || typed.length > wordLengthMax) return null
  const plain = new Map(words.map((word) => [fold(word), word]))
  const folded = fold(typed)
  const exact = plain.get(folded)
  if (exact !== undefined) return exact
  const best = closest(folded, [...plain.keys()])
  const allowedSlips = Math.min(3, Math.max(1, Math.floor(best.length / 3)))
  return distance(folded, best) <= allowedSlips ? (plain.get(best) ?? null) : null
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** What was probably meant by a refused value, as it is to be written in TOML; null: no idea. */
export function suggestValue(found: unknown, note: FieldNote): string | null {
  if (note.secret === true) return null
  if (note.range !== undefined) return quoted(suggestDuration(found, note.range))
  if (note.sizes !== undefined) return quoted(suggestSize(found, note.sizes))
  if (note.choices !== undefined && note.kind === 'text')
    return quoted(nearestChoice(found, note.choices.map(String)))
  if (note.kind === 'structured')
    return typeof found === 'string' && note.allowed.startsWith('a list') ? suggestList(found) : null
  if (note.kind === 'text') return ['number', 'boolean'].includes(typeof found) ? quoted(String(found)) : null
  return typeof found === 'string' ? unquoted(found, note) : null
}

function quoted(text: string | null): string | null {
  return text === null ? null : JSON.stringify(text)
}

function nearestChoice(found: unknown, choices: readonly string[]): string | null {
  if (typeof found !== 'string') return null
  return (
    nearest(found, choices) ??
    nearest(
      `SIG${found}`,
      choices.filter((word) => word.startsWith('SIG')),
    )
  )
}

/** One string where a list of words is asked for: only split where no shell's quoting would have mattered. */
function suggestList(found: string): string | null {
  const words = found.trim()
  if (words === '' || words.length > 200 || !/^[\w\s./:@=+-]+$/.test(words)) return null
  return `[${words
    .split(/\s+/)
    .map((word) => JSON.stringify(word))
    .join(', ')}]`
}

/** A number or a truth value that was put into quotes. */
function unquoted(found: string, note: FieldNote): string | null {
  const text = found.trim().toLowerCase()
  if (note.kind === 'boolean')
    return (
      nearest(text, ['true', 'false']) ?? { yes: 'true', on: 'true', no: 'false', off: 'false' }[text] ?? null
    )
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? text : null
}
