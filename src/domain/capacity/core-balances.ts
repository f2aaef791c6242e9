import type { AbsentBalances } from './absent-balances.ts'
import type { CapacityBalances } from './core-types.ts'
import type { Funds } from './funds.ts'
import { type Holder, type HolderId, newHolder } from './holder.ts'
import type { CapacityRules } from './rules.ts'
import { heldBucket, type TokenBucket } from './token-bucket.ts'

/** The balances of all buckets, as they are kept across restarts; see `CapacityCore.save` and `restore`. */
export interface CoreBalances {
  save(): CapacityBalances
  restore(balances: CapacityBalances): void
  /** In mode `lend`: of the one bucket, what is kept for it besides included. */
  common(): number
  /** In mode `lend` everybody's is the same. */
  lendBucket(): TokenBucket
}

/** @param holders those of this node, as they are now */
export function createCoreBalances(
  absent: AbsentBalances,
  holders: { own(): Holder[]; find(id: HolderId): Holder | undefined },
  current: () => { rules: CapacityRules; funds: Funds; nowMs: number },
): CoreBalances {
  function lendBucket(): TokenBucket {
    const { funds, nowMs } = current()
    return funds.bucketOf(newHolder('untracked', null, true, nowMs), nowMs)
  }

  const common = (): number => lendBucket().tokens + absent.common()

  return {
    common,
    lendBucket,
    save() {
      const { rules, funds, nowMs } = current()
      const kept = absent.all()
      if (rules.mode === 'lend') return { common: common(), holders: kept }
      const own = holders.own().map((holder) => ({
        holder: holder.id,
        tokens: funds.bucketOf(holder, nowMs).tokens,
      }))
      return { common: null, holders: [...own, ...kept] }
    },
    restore(balances) {
      const { funds, nowMs } = current()
      for (const { holder: id, tokens } of balances.holders) {
        const holder = holders.find(id)
        if (holder === undefined) absent.keep(id, tokens)
        else holder.bucket = heldBucket(tokens, nowMs)
      }
      absent.keepCommon(balances.common ?? 0)
      funds.sharesChanged(holders.own(), nowMs)
    },
  }
}
