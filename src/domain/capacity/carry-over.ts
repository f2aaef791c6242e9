import type { CurrentShares } from './current-shares.ts'
import type { Funds } from './funds.ts'
import type { Holder } from './holder.ts'
import { heldBucket } from './token-bucket.ts'

/**
 * From one bucket to many or back, when the mode has changed to `mode`: what is at hand goes along, in proportion to the
 * shares, and so does a debt. The holders' own buckets are set, and their heads are taken out of the competition.
 * @returns what there is for the one bucket of mode `lend`
 */
export function carryOver(
  from: Funds,
  mode: 'lend' | 'strict',
  holders: readonly Holder[],
  shares: CurrentShares,
  nowMs: number,
): number {
  for (const holder of holders) from.withdraw(holder)
  const tokens = holders.map((holder) => from.bucketOf(holder, nowMs).tokens)
  const parts = holders.map((holder) => shares.of(holder))
  const whole = sum(parts)
  // In mode `lend` everybody's bucket is the same one.
  const common = mode === 'strict' ? (tokens[0] ?? 0) : 0
  for (const [index, holder] of holders.entries()) {
    holder.bucket = heldBucket((common * (parts[index] ?? 0)) / whole, nowMs)
  }
  return sum(tokens)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
