import type { StateStore, StoredBucket } from '../../ports/state-store.ts'

/** A bucket as it is kept. Units. */
export interface KeptBucket {
  /** 0: the bucket that the tasks of this node share. */
  taskId: number
  tokens: number
  burst: number
}

/**
 * The balances in the local state, so that they outlive the daemon. What is kept is never more than what is there: it is
 * lowered, before a grant is told, as soon as the balance has gone below it. So a crash makes no capacity; it costs a bucket
 * at most a tenth of its burst and what came in since the last keeping, and leaves grants that were not settled charged with
 * their estimates. (The file outlives this process at once; when the machine itself dies, the last commit of the ledger may
 * be older, and what was spent since then can be had again.)
 */
export interface KeptBalances {
  /** As they were kept: nothing has come in since then, for nobody could have spent it. */
  restored(): StoredBucket[]
  /** To be called with every bucket that something was taken from. */
  taken(bucket: KeptBucket): void
  /** These are all there are. Writes only when it must. */
  keep(buckets: readonly KeptBucket[]): void
  /** What is there exactly: nothing more is granted. */
  close(buckets: readonly KeptBucket[]): void
}

/** Of the burst: how much lower than the balance the kept one may be. */
const slack = 0.1

export function createKeptBalances(
  store: Pick<StateStore, 'buckets' | 'saveBucket' | 'saveBuckets'>,
  wallMs: () => number,
): KeptBalances {
  const before = store.buckets()
  const kept = new Map(before.map(({ taskId, tokens }) => [taskId, tokens]))

  /** What stands there as long as it holds, else half the slack below the balance: for there are two ways it may go. */
  function boundOf({ taskId, tokens, burst }: KeptBucket): number {
    const bound = kept.get(taskId)
    const holds = bound !== undefined && bound <= tokens && tokens - bound <= burst * slack
    return holds ? bound : tokens - (burst * slack) / 2
  }

  return {
    restored: () => before,
    taken(bucket) {
      const { taskId } = bucket
      const tokens = boundOf(bucket)
      if (tokens === kept.get(taskId)) return
      kept.set(taskId, tokens)
      store.saveBucket({ taskId, tokens, at: wallMs() })
    },
    keep(buckets) {
      const rows = buckets.map((bucket) => ({ taskId: bucket.taskId, tokens: boundOf(bucket), at: wallMs() }))
      if (rows.length === kept.size && rows.every(({ taskId, tokens }) => kept.get(taskId) === tokens)) return
      kept.clear()
      for (const { taskId, tokens } of rows) kept.set(taskId, tokens)
      store.saveBuckets(rows)
    },
    close(buckets) {
      store.saveBuckets(buckets.map(({ taskId, tokens }) => ({ taskId, tokens, at: wallMs() })))
    },
  }
}
