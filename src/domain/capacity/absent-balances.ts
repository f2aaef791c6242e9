import type { CapacityBalances } from './core-types.ts'
import type { HolderId } from './holder.ts'

/** Restored balances, until it is known who is in progress. */
export interface AbsentBalances {
  keep(id: HolderId, tokens: number): void
  /** Of the one bucket of mode `lend`: before the order is known this node seems to have another part of the whole. */
  keepCommon(tokens: number): void
  /** For the one that has entered; 0: nothing was kept. */
  take(id: HolderId): number
  common(): number
  all(): CapacityBalances['holders']
  forget(): void
}

export function createAbsentBalances(): AbsentBalances {
  const absent = new Map<HolderId, number>()
  let common = 0
  return {
    keep: (id, tokens) => void absent.set(id, tokens),
    keepCommon(tokens) {
      common = tokens
    },
    take(id) {
      const tokens = absent.get(id) ?? 0
      absent.delete(id)
      return tokens
    },
    common: () => common,
    all: () => [...absent].map(([holder, tokens]) => ({ holder, tokens })),
    forget() {
      common = 0
      absent.clear()
    },
  }
}
