import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import type { BenchDatabase } from './server.ts'
import { listenForStarts, type Start } from './starts.ts'

/** A contender that is slower than this has failed. */
const runTimeoutMs = 180_000
const pollMs = 1

/**
 * Lets a worker empty a queue that holds the jobs 0 … count − 1, and answers its rate in jobs a second.
 *
 * The clock runs from the start of the first job, which leaves out how long a process takes to start and connect, to the
 * moment when the database says that no job is left: the last completion is committed. Fails unless every job ran exactly once.
 */
export async function drain(contender: Contender, database: BenchDatabase, count: number): Promise<number> {
  const starts = await listenForStarts(count, false)
  const worker = await contender.work(database.url, starts.env)
  try {
    await Promise.race([starts.reached(count, runTimeoutMs), worker.failed])
    await Promise.race([untilNoneLeft(contender, database), worker.failed])
    const endNs = process.hrtime.bigint()
    // What would run twice would do so by now or at the stop, which lets running handlers tell their last.
    await worker.stop()
    checkEachOnce(contender, starts.all, count)
    return count / (Number(endNs - firstOf(starts.all)) / 1e9)
  } finally {
    await worker.stop()
    await starts.close()
  }
}

async function untilNoneLeft(contender: Contender, database: BenchDatabase): Promise<void> {
  const deadlineMs = performance.now() + runTimeoutMs
  while ((await contender.left(database)) > 0) {
    if (performance.now() > deadlineMs)
      throw new Error(`${contender.name}: jobs are left after ${runTimeoutMs} ms`)
    await sleep(pollMs)
  }
}

function checkEachOnce({ name, mode }: Contender, starts: readonly Start[], count: number): void {
  const distinct = new Set(starts.map(({ index }) => index))
  if (distinct.size !== count || starts.length !== count) {
    throw new Error(
      `${name} (${mode}): ${count} jobs, ${starts.length} starts of ${distinct.size} different ones`,
    )
  }
}

function firstOf(starts: readonly Start[]): bigint {
  return starts.reduce((first, { atNs }) => (atNs < first ? atNs : first), starts[0]?.atNs ?? 0n)
}
