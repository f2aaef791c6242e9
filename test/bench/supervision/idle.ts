import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { cpuMsOf } from './proc.ts'
import { openSession } from './session.ts'

const settleMs = 10_000

/** CPU of the supervisor's processes while 50 workers do nothing, as a part of one core. */
export async function measureIdle(contender: Contender, count: number, watchMs: number): Promise<number> {
  const session = await openSession(contender, count)
  try {
    await session.launch()
    await sleep(settleMs)
    const [pids, startMs] = [session.supervisors(), performance.now()]
    const beforeMs = cpuMsOf(pids)
    await sleep(watchMs)
    const part = (cpuMsOf(pids) - beforeMs) / (performance.now() - startMs)
    await session.shutDown()
    return part
  } finally {
    await session.end()
  }
}
