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

/** @param figures what there is, in words; `none` says that there is nothing of the kind */
export function some(figures: readonly string[], tell: (figures: string) => string, none: string): Judgement {
  return figures.length === 0
    ? { verdict: 'holds_not', reason: none }
    : { verdict: 'holds', reason: tell(listed(figures)) }
}

/** Names that a sentence holds; the others are counted. */
const namedMax = 3

/** `a`, `a and b`, `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const named = names.slice(0, namedMax)
  const more = names.length - named.length
  const parts = more > 0 ? [...named, `${more} more`] : named
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** `1 task waits`, `3 tasks wait`. */
export function counted(value: number, one: string, many: string): string {
  return `${value} ${value === 1 ? one : many}`
}
