import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { cpuMsOf, memoryOf } from './proc.ts'
import { type Memory, openSession } from './session.ts'

/** Half a minute after a start V8 tidies its heap once: that is the last of the launch, and no rest yet. */
const settleMs = 45_000

/** A supervisor whose workers do nothing. */
export interface Rest {
  /** CPU of its processes, as a part of one core. */
  cpu: number
  /** Of the process that decides, at the end. */
  daemon: Memory
}

export async function measureRest(contender: Contender, count: number, watchMs: number): Promise<Rest> {
  const session = await openSession(contender, count)
  try {
    await session.launch()
    await sleep(settleMs)
    const [pids, startMs] = [session.supervisors(), performance.now()]
    const beforeMs = cpuMsOf(pids)
    await sleep(watchMs)
    const cpu = (cpuMsOf(pids) - beforeMs) / (performance.now() - startMs)
    const daemon = memoryOf([session.prepared.daemonPid()])
    await session.shutDown()
    return { cpu, daemon }
  } finally {
    await session.end()
  }
}
