import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMsOf, memoryOf } from '../supervision/proc.ts'
import type { BusyFleet } from './fleet.ts'
import { frameBytes } from './frames.ts'
import { keyTimes } from './keys.ts'
import { startTop, type TopInPty } from './pty.ts'

const settleMs = 5_000
const unwatchedMs = 15_000
const keys = 200

/** A screen that was watched for a while. */
export interface Watched {
  screen: string
  forMs: number
  /** Of one core. */
  cpuPercent: number
  frames: number[]
}

export interface WatchedFleet {
  screens: Watched[]
  memory: { rssMiB: number; pssMiB: number }
  keyMs: number[]
  /** Of one core: the daemon's, with nobody who watches, and with one who does. */
  daemonPercent: { alone: number; watched: number }
}

const watched = [
  { screen: 'positions', key: '1', forMs: 30_000 },
  { screen: 'workers', key: '2', forMs: 15_000 },
  { screen: 'tasks', key: '3', forMs: 15_000 },
]

/** `jrctl top` over the fleet for a minute, on one screen after the other, and then as somebody uses its keys. */
export async function watchFleet(fleet: BusyFleet): Promise<WatchedFleet> {
  const seconds = new AbortController()
  const changing = changeEachSecond(fleet, seconds.signal)
  try {
    // The daemon has what filled the queue to read first.
    await sleep(2 * settleMs)
    const top = await startTop([], fleet.place)
    await sleep(settleMs)
    const screens: Watched[] = []
    const daemon = await cpuPercent(fleet.pid, async () => {
      for (const one of watched) screens.push(await watchScreen(top, one))
    })
    const memory = memoryOf([top.pid])
    top.press('1')
    await sleep(settleMs / 5)
    const keyMs = await keyTimes(top, keys)
    await top.quit()
    const alone = await cpuPercent(fleet.pid, () => sleep(unwatchedMs))
    return { screens, memory, keyMs, daemonPercent: { alone, watched: daemon } }
  } finally {
    seconds.abort()
    await changing
  }
}

async function changeEachSecond(fleet: BusyFleet, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const second = sleep(1000)
    await fleet.change()
    await second
  }
}

async function watchScreen(
  top: TopInPty,
  { screen, key, forMs }: (typeof watched)[number],
): Promise<Watched> {
  top.press(key)
  await sleep(settleMs / 5)
  const fromMs = performance.now()
  const percent = await cpuPercent(top.pid, () => sleep(forMs))
  return { screen, forMs, cpuPercent: percent, frames: frameBytes(top, fromMs, performance.now()) }
}

async function cpuPercent(pid: number, meanwhile: () => Promise<unknown>): Promise<number> {
  const [beforeMs, fromMs] = [cpuMsOf([pid]), performance.now()]
  await meanwhile()
  return (100 * (cpuMsOf([pid]) - beforeMs)) / (performance.now() - fromMs)
}
