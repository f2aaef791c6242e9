import type { Arrangement } from './state.ts'

/** One way to order a screen's rows. */
export interface Order<Item> {
  /** Shown beside the tabs: `by memory`. */
  name: string
  compare(one: Item, other: Item): number
}

interface Ways<Item> {
  textOf: (item: Item) => string
  orders: readonly Order<Item>[]
}

/** What was made of a list last: every event asks for it several times, and every frame. */
const made = new WeakMap<object, { filter: string; order: number; orders: unknown; left: unknown }>()

/**
 * The items that the filter leaves, ordered as chosen; the same list while nothing is different. Words of the filter are looked
 * for one by one, in any case.
 */
export function arranged<Item>(
  items: readonly Item[],
  { filter, order }: Arrangement,
  ways: Ways<Item>,
): readonly Item[] {
  const known = made.get(items)
  const { orders } = ways
  if (known?.filter === filter && known.order === order && known.orders === orders)
    return known.left as readonly Item[]
  const left = arrangedAnew(items, filter, order, ways)
  made.set(items, { filter, order, orders, left })
  return left
}

function arrangedAnew<Item>(
  items: readonly Item[],
  filter: string,
  order: number,
  { textOf, orders }: Ways<Item>,
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
