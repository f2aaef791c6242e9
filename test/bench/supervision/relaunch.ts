import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { isAlive, sleepersOf } from './proc.ts'
import { kill, openSession } from './session.ts'

/** What is left of a fleet whose supervisor was killed, and launched again. */
export interface Relaunched {
  /** Of the first workers, those that lived on. */
  survivors: number
  /** Workers that run beyond those that should. */
  duplicates: number
  /** Workers that a shutdown then leaves behind. */
  orphans: number
}

/** Longer than any contender takes to start its workers, and than its polls. */
const settleMs = 5_000
const afterStopMs = 2_000

export async function measureRelaunch(contender: Contender, count: number): Promise<Relaunched> {
  const session = await openSession(contender, count)
  try {
    await session.launch()
    const first = sleepersOf(session.word)
    kill(session.prepared.daemonPid())
    await session.prepared.relaunch().catch(() => {})
    await sleep(settleMs)
    const survivors = first.filter((pid) => isAlive(pid)).length
    const duplicates = sleepersOf(session.word).length - count
    await session.prepared.shutDown().catch(() => {})
    await sleep(afterStopMs)
    return { survivors, duplicates, orphans: sleepersOf(session.word).length }
  } finally {
    await session.end()
  }
}
