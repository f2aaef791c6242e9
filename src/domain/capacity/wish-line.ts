/** One request for capacity that waits. */
export interface Wish {
  readonly id: number
  /** Units, an estimate. */
  readonly amount: number
  /** The upstream of which it needs a place; null: of none. */
  readonly lane: string | null
  readonly askedAtMs: number
  before: Wish | undefined
  after: Wish | undefined
}

/** The waiting wishes of one holder, first come first served; any of them is taken out in O(1). */
export interface WishLine {
  head: Wish | undefined
  last: Wish | undefined
  count: number
  /** Units of all of them. */
  amount: number
}

export function newWishLine(): WishLine {
  return { head: undefined, last: undefined, count: 0, amount: 0 }
}

export function append(line: WishLine, wish: Wish): void {
  wish.before = line.last
  if (line.last === undefined) line.head = wish
  else line.last.after = wish
  line.last = wish
  line.count += 1
  line.amount += wish.amount
}

export function takeOut(line: WishLine, wish: Wish): void {
  if (wish.before === undefined) line.head = wish.after
  else wish.before.after = wish.after
  if (wish.after === undefined) line.last = wish.before
  else wish.after.before = wish.before
  line.count -= 1
  // Sums of fractions drift; an empty line holds nothing at all.
  line.amount = line.count === 0 ? 0 : line.amount - wish.amount
}

export function idsIn(line: WishLine): number[] {
  const ids: number[] = []
  for (let wish = line.head; wish !== undefined; wish = wish.after) ids.push(wish.id)
  return ids
}
