import { distance } from 'fastest-levenshtein'

/** Longer words are not compared: the cost grows with the square. */
const lengthMax = 64
/** More guesses than this are a list. */
const guessesMax = 3

/** The word that was probably meant; null: further away it is a guess and no help. */
export function nearest(typed: string, words: readonly string[]): string | null {
  return allNearest(typed, words)[0] ?? null
}

/** `start or restart`: those that are equally near. */
export function guess(typed: string, words: readonly string[]): string | null {
  const meant = allNearest(typed, words).slice(0, guessesMax)
  return meant.length === 0 ? null : meant.join(' or ')
}

function allNearest(typed: string, words: readonly string[]): string[] {
  if (typed === '' || typed.length > lengthMax) return []
  const allowed = Math.max(2, Math.floor(typed.length / 3))
  const near = words
    .map((word) => ({ word, slips: distance(typed, word) }))
    .filter(({ slips }) => slips <= allowed)
  const least = Math.min(...near.map(({ slips }) => slips))
  const lengthApart = (word: string): number => Math.abs(word.length - typed.length)
  // Of several that are as near, first one of about this length: a letter was swapped more often than two were left out.
  return near
    .filter(({ slips }) => slips === least)
    .map(({ word }) => word)
    .sort((a, b) => lengthApart(a) - lengthApart(b))
}
