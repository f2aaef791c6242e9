import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { openSession } from './session.ts'

/** What a supervisor does with a worker that fails at once. */
export interface Loop {
  /** Times that it was begun. */
  starts: number
  /** Of those, in the last third of the watch: whether it goes on. */
  late: number
  watchedMs: number
}

export async function measureLoop(contender: Contender, watchMs: number): Promise<Loop> {
  const session = await openSession(contender, 1, 'dying')
  try {
    // It may be told of before the command that launches it has returned.
    await session.launch()
    await sleep(watchMs)
    const { all } = session.births
    const startedMs = all[0]?.atMs ?? Number.NaN
    const late = all.filter(({ atMs }) => atMs > startedMs + (watchMs * 2) / 3).length
    const starts = all.length
    await session.shutDown()
    return { starts, late, watchedMs: watchMs }
  } finally {
    await session.end()
  }
}
