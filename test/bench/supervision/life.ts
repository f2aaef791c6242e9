import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { memoryOf } from './proc.ts'
import { type Session, kill, memoryBySide, openSession } from './session.ts'

/** What one life of a fleet tells: launched, crashed worker by worker, asked, shut down. */
export interface Life {
  startMs: number
  /** From SIGKILL to the first words of the next process. */
  crashMs: number[]
  statusMs: number[]
  stop: { workersMs: number; allMs: number }
  memory: ReturnType<typeof memoryBySide>
}

/** runit begins a service again at once only when it has run for a second. */
const matureMs = 1_200
/** A supervisor that polls takes up to two seconds. */
const restartTimeoutMs = 20_000
/** Between two kills, so that one is over before the next; many times what any supervisor that reacts at once takes. */
const gapMs = 30

export async function measureLife(
  contender: Contender,
  count: number,
  { kills, asks }: { kills: number; asks: number },
): Promise<Life> {
  const session = await openSession(contender, count)
  try {
    const startMs = await session.launch()
    await sleep(matureMs)
    const memory = memoryBySide(session)
    const crashMs: number[] = []
    for (let done = 0; done < kills; done++) {
      crashMs.push(await crash(session, done))
      await sleep(gapMs)
    }
    const statusMs = Array.from({ length: asks }, () => ask(session))
    return { startMs, crashMs, statusMs, memory, stop: await session.shutDown() }
  } finally {
    await session.end()
  }
}

/** The workers die in the order of their birth, so that each has run for a while. */
async function crash({ births, count }: Session, done: number): Promise<number> {
  const victim = births.all[done]
  const from = births.all.length
  if (victim === undefined) throw new Error('nobody to kill')
  if (done >= count && performance.now() - victim.atMs < matureMs) await sleep(matureMs)
  const killedMs = performance.now()
  kill(victim.pid)
  await births.reached(1, from, restartTimeoutMs)
  return (births.all[from]?.atMs ?? Number.NaN) - killedMs
}

function ask({ prepared: { status } }: Session): number {
  const [program, ...args] = status.argv
  const startMs = performance.now()
  spawnSync(program, args, { env: status.env, stdio: 'ignore' })
  return performance.now() - startMs
}

/** What one worker costs its supervisor in memory, when it is the only one. */
export async function memoryWithOne(contender: Contender): Promise<ReturnType<typeof memoryOf>> {
  const session = await openSession(contender, 1)
  try {
    await session.launch()
    await sleep(matureMs)
    const memory = memoryOf(session.supervisors())
    await session.shutDown()
    return memory
  } finally {
    await session.end()
  }
}
