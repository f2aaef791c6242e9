import { choiceOf, type LaneChoice } from './lane-choice.ts'

/** One request for capacity that waits. */
export interface Wish {
  /** Rising: who asked later has a higher one. */
  readonly id: number
  /** Units, an estimate. */
  readonly amount: number
  /** The upstream of which it needs a place; null: of none. */
  readonly lane: string | null
  readonly askedAtMs: number
  /** In the same lane. */
  before: Wish | undefined
  after: Wish | undefined
}

/**
 * The waiting wishes of one holder, first come first served in each lane: those for an upstream that is full keep none for
 * another. Any of them is taken out without a search among them.
 */
export interface WishLine {
  /** Those in which one waits, no more than there are upstreams. */
  readonly lanes: LaneLine[]
  /** All of these; undefined: nothing waits. */
  choice: LaneChoice | undefined
  count: number
  /** Units of all of them. */
  amount: number
}

interface LaneLine {
  readonly lane: string | null
  head: Wish
  last: Wish
}

export function newWishLine(): WishLine {
  return { lanes: [], choice: undefined, count: 0, amount: 0 }
}

export function append(line: WishLine, wish: Wish): void {
  const same = line.lanes.find(({ lane }) => lane === wish.lane)
  if (same === undefined) {
    line.lanes.push({ lane: wish.lane, head: wish, last: wish })
    line.choice = choiceOf(line.lanes)
  } else {
    wish.before = same.last
    same.last.after = wish
    same.last = wish
  }
  line.count += 1
  line.amount += wish.amount
}

export function takeOut(line: WishLine, wish: Wish): void {
  unlink(line, wish)
  line.count -= 1
  // Sums of fractions drift; an empty line holds nothing at all.
  line.amount = line.count === 0 ? 0 : line.amount - wish.amount
}

function unlink(line: WishLine, wish: Wish): void {
  const { before, after } = wish
  if (before !== undefined) before.after = after
  if (after !== undefined) after.before = before
  if (before !== undefined && after !== undefined) return
  const at = line.lanes.findIndex(({ lane }) => lane === wish.lane)
  const own = line.lanes[at]
  if (own === undefined) return
  if (after !== undefined) own.head = after
  else if (before !== undefined) own.last = before
  else {
    line.lanes.splice(at, 1)
    line.choice = choiceOf(line.lanes)
  }
}

/** The first that came, of those in lanes that have room. */
export function firstOf(line: WishLine, hasRoom: (lane: string | null) => boolean): Wish | undefined {
  let first: Wish | undefined
  for (const { lane, head } of line.lanes) {
    if ((first === undefined || head.id < first.id) && hasRoom(lane)) first = head
  }
  return first
}

/** The first of each lane, as they came. */
export function headsOf(line: WishLine): Wish[] {
  return line.lanes.map(({ head }) => head).toSorted((a, b) => a.id - b.id)
}

/** As they came. */
export function idsIn(line: WishLine): number[] {
  const ids: number[] = []
  for (const { head } of line.lanes) {
    for (let wish: Wish | undefined = head; wish !== undefined; wish = wish.after) ids.push(wish.id)
  }
  return ids.toSorted((a, b) => a - b)
}
