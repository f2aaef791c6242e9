import type { CapacityCore } from '../../domain/capacity/core-types.ts'
import { taskId } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { CapacityHolder } from '../../ports/capacity.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { createAlarm } from './alarm.ts'
import { createKeptBalances, type KeptBucket } from './kept-balances.ts'

/** Keeps the core's balances, restores them into it, and sees to it that what is kept is never more than what is there. */
export interface BalanceKeeping {
  /** Something was taken from these just now, and nobody has been told yet. */
  taken(holders: readonly CapacityHolder[]): void
  /** Balances have changed otherwise. */
  changed(): void
  /** Keeps them as they are, for the last time. */
  stop(): void
}

const keepEveryMs = 1_000
/** When nothing but time fills the buckets. */
const fillEveryMs = 5_000

/** Under which the buckets that no task has are kept. */
const commonKey = 0
const untrackedKey = -1

export function createBalanceKeeping(deps: {
  core: CapacityCore
  store: Pick<StateStore, 'buckets' | 'saveBucket' | 'saveBuckets'>
  clock: Clock
  logger: Logger
}): BalanceKeeping {
  const { core, clock, logger } = deps
  const kept = createKeptBalances(deps.store, () => clock.wallMs())
  const alarm = createAlarm(clock, keep, { background: true })
  let dueMs = Number.POSITIVE_INFINITY
  restore()

  function restore(): void {
    const rows = kept.restored()
    const common = rows.find((row) => row.taskId === commonKey)?.tokens ?? null
    const holders = rows
      .filter((row) => row.taskId !== commonKey)
      .map((row) => ({ holder: holderOf(row.taskId), tokens: row.tokens }))
    core.restore({ common, holders }, clock.monotonicMs())
  }

  /** All there are: of this node's tasks, or the one that they share. */
  function buckets(): KeptBucket[] {
    const nowMs = clock.monotonicMs()
    const { common, holders } = core.save(nowMs)
    const own = holders.map(({ holder, tokens }) => {
      return { taskId: keyOf(holder), tokens, burst: core.view(holder, nowMs)?.burst ?? 0 }
    })
    return common === null ? own : [...own, commonBucket(common, nowMs)]
  }

  function commonBucket(tokens: number, nowMs: number): KeptBucket {
    return { taskId: commonKey, tokens, burst: core.common(nowMs).burst ?? 0 }
  }

  function bucketOf(holder: CapacityHolder, nowMs: number): KeptBucket | null {
    const view = core.view(holder, nowMs)
    if (view?.tokens === undefined || view.tokens === null) return null
    return { taskId: keyOf(holder), tokens: view.tokens, burst: view.burst ?? 0 }
  }

  function keep(): void {
    const all = buckets()
    guarded(() => kept.keep(all))
    dueMs = Number.POSITIVE_INFINITY
    if (all.some(({ tokens, burst }) => tokens < burst)) arm(fillEveryMs)
  }

  function arm(delayMs: number): void {
    dueMs = Math.min(dueMs, clock.monotonicMs() + delayMs)
    alarm.setTo(dueMs)
  }

  /** The health of the state is told by itself; whoever asks for capacity gets it as long as the daemon goes on. */
  function guarded(write: () => void): void {
    try {
      write()
    } catch (error) {
      logger.debug({ error: messageOf(error) }, `the balances could not be kept: ${messageOf(error)}`)
    }
  }

  return {
    taken(holders) {
      if (holders.length === 0) return
      const nowMs = clock.monotonicMs()
      const { tokens } = core.common(nowMs)
      const touched =
        tokens === null
          ? [...new Set(holders)].map((holder) => bucketOf(holder, nowMs))
          : [commonBucket(tokens, nowMs)]
      for (const bucket of touched) if (bucket !== null) guarded(() => kept.taken(bucket))
      arm(keepEveryMs)
    },
    changed: () => arm(keepEveryMs),
    stop() {
      alarm.setTo(Number.POSITIVE_INFINITY)
      guarded(() => kept.close(buckets()))
    },
  }
}

function keyOf(holder: CapacityHolder): number {
  return holder === 'untracked' ? untrackedKey : holder
}

function holderOf(key: number): CapacityHolder {
  return key === untrackedKey ? 'untracked' : taskId(key)
}
