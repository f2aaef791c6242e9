import type { Judgement } from './rule.ts'

/** @param figure the value in words, such as `62 tasks wait` */
export function above(value: number, limit: number, figure: string): Judgement {
  return value > limit
    ? { verdict: 'holds', reason: `${figure}, more than ${limit}` }
    : { verdict: 'holds_not', reason: `${figure}, not more than ${limit}` }
}

/** @param figure the value in words */
export function below(value: number, limit: number, figure: string): Judgement {
  return value < limit
    ? { verdict: 'holds', reason: `${figure}, below ${limit}` }
    : { verdict: 'holds_not', reason: `${figure}, not below ${limit}` }
}

/**
 * @param found what there is of a kind
 * @param tell what that says, with their names
 * @param none that there is nothing of the kind
 */
export function some<Item>(
  found: readonly Item[],
  nameOf: (item: Item) => string,
  tell: (names: string) => string,
  none: string,
): Judgement {
  return found.length === 0
    ? { verdict: 'holds_not', reason: none }
    : { verdict: 'holds', reason: tell(listed(found, nameOf)) }
}

/** Names that a sentence holds; the others are counted. */
const namedMax = 3

/** `a`, `a and b`, `a, b, c and 4 more`. */
function listed<Item>(found: readonly Item[], nameOf: (item: Item) => string): string {
  const named = found.slice(0, namedMax).map(nameOf)
  const more = found.length - named.length
  const parts = more > 0 ? [...named, `${more} more`] : named
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** `1 task waits`, `3 tasks wait`. */
export function counted(value: number, one: string, many: string): string {
  return `${value} ${value === 1 ? one : many}`
}
