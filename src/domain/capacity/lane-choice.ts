/**
 * The lanes of which any will do for somebody who waits in all of them; null: it waits for what needs no place, and so is
 * never kept by a full lane. The same lanes are always the same text.
 */
export type LaneChoice = string | null

/** No upstream can be called so. */
const between = '\u0001'

/** @returns undefined: nothing waits anywhere */
export function choiceOf(waiting: readonly { lane: string | null }[]): LaneChoice | undefined {
  const [first, second] = waiting
  if (second === undefined) return first?.lane
  const names: string[] = []
  for (const { lane } of waiting) {
    if (lane === null) return null
    names.push(lane)
  }
  return names.toSorted().join(between)
}

export function lanesIn(choice: LaneChoice): readonly (string | null)[] {
  return choice === null ? [null] : choice.split(between)
}
