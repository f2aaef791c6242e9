/** Enough to keep a disk busy, too few to matter for descriptors. */
const atOnceMax = 8

/** Does `action` for each item, several at a time; begins no more once one has answered false, and ends when all begun ones have. */
export async function inTurns<Item>(
  items: readonly Item[],
  action: (item: Item) => Promise<boolean | void>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  let goesOn = true
  const take = async (): Promise<void> => {
    for (const item of rest) {
      if (!goesOn) return
      try {
        if ((await action(item)) === false) goesOn = false
      } catch (error) {
        goesOn = false
        throw error
      }
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: atOnceMax }, take))
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason
}
