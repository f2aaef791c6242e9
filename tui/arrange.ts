import type { Arrangement } from './state.ts'

/** One way to order a screen's rows. */
export interface Order<Item> {
  /** Shown beside the tabs: `by memory`. */
  name: string
  compare(one: Item, other: Item): number
}

/** The items that the filter leaves, ordered as chosen. Words of the filter are looked for one by one, in any case. */
export function arranged<Item>(
  items: readonly Item[],
  { filter, order }: Arrangement,
  { textOf, orders }: { textOf: (item: Item) => string; orders: readonly Order<Item>[] },
): readonly Item[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const isWanted = (item: Item) => {
    const text = textOf(item).toLowerCase()
    return words.every((word) => text.includes(word))
  }
  const left = words.length === 0 ? items : items.filter(isWanted)
  // The first order is the one in which they come.
  const chosen = order === 0 ? undefined : orders[order % orders.length]
  return chosen ? left.toSorted((one, other) => chosen.compare(one, other)) : left
}
