/** Longer names are not compared: the cost grows with the square. */
const lengthMax = 64

/** The name that was probably meant by one that is unknown: a slip of a few letters; null: none is near. */
export function nearestName(typed: string, names: readonly string[]): string | null {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '' || wanted.length > lengthMax) return null
  let best: { name: string; slips: number } | null = null
  for (const name of names) {
    const known = name.trim().toLowerCase()
    if (known.length > lengthMax) continue
    // Who gives the beginning of a name has left the rest out, and not slipped.
    const slips = known.startsWith(wanted) ? 1 : slipsBetween(wanted, known)
    if (slips <= Math.min(3, Math.max(1, Math.floor(known.length / 3))) && slips < (best?.slips ?? Infinity))
      best = { name, slips }
  }
  return best?.name ?? null
}

/** More names are no help to who has slipped. */
const namesToldMax = 12

/** What somebody is told who gave a name that is none: the one that was probably meant, and which there are. */
export function namesHint(typed: string, names: readonly string[]): string | null {
  if (names.length === 0) return null
  const near = nearestName(typed, names)
  const told = names.slice(0, namesToldMax).join(', ')
  const more = names.length > namesToldMax ? `, and ${names.length - namesToldMax} more` : ''
  return `${near === null ? '' : `Did you mean "${near}"? `}There are: ${told}${more}.`
}

/** Levenshtein's distance: letters to change, leave out or put in. Row by row (Wagner and Fischer 1974). */
function slipsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
