/** What was typed after `/`, taken apart: `jr:NAME` and the like, and words. Quotes keep a name of several words together. */
export interface KeyedWords<Key extends string> {
  keyed: Partial<Record<Key, string>>
  words: string[]
}

/** `jr:"Research Jr."` (the end of the quotes may be yet to come), `jr:name`, or a word. */
const pieces = /(\w+):(?:"([^"]*)"?|(\S+))|\S+/g

/** Only these keys are keys: `http://x` is a word. An empty value says nothing yet. */
export function keyedWords<Key extends string>(filter: string, keys: readonly Key[]): KeyedWords<Key> {
  const keyed: Partial<Record<Key, string>> = {}
  const words: string[] = []
  for (const [piece, named, quoted, bare] of filter.matchAll(pieces)) {
    const key = keys.find((known) => known === named?.toLowerCase())
    const value = (quoted ?? bare ?? '').trim()
    if (key === undefined) {
      // `jr:` is the beginning of a name, not a word to look for.
      if (!keys.some((known) => piece.toLowerCase() === `${known}:`)) words.push(piece)
    } else if (value !== '') keyed[key] = value
  }
  return { keyed, words }
}

/** The words that are among the known ones, in their order, and the others as one text to look for. */
export function chosen<Known extends string>(
  words: readonly string[],
  known: readonly Known[],
): { some: Known[]; search: string } {
  const some = known.filter((name) => words.includes(name))
  return { some, search: words.filter((word) => !(known as readonly string[]).includes(word)).join(' ') }
}

/** A Jr as somebody types it: the one of the known that it names or begins, in any case; else as it was typed. */
export function jrOf(typed: string, known: readonly string[]): string {
  const wanted = typed.toLowerCase()
  const names = known.toSorted()
  return (
    names.find((name) => name.toLowerCase() === wanted) ??
    names.find((name) => name.toLowerCase().startsWith(wanted)) ??
    names.find((name) => name.toLowerCase().includes(wanted)) ??
    typed
  )
}
