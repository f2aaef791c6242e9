import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OrchestratorStatusView } from '../../../src/contract/orchestrator.ts'
import { jrctl, type Place } from '../../support/jrctl.ts'
import { type Figure, median } from '../figure.ts'
import { startFleet } from '../fleet.ts'

const limitMs = 2
const rounds = 5
const roundMs = 10_000
const settleMs = 10_000
/** Both commands and what follows of them are over. */
const quietMs = 6_000

/** What a pass with nothing to do costs the daemon: its CPU time with the cycle on, less that with the cycle off. */
export async function idleFigures(): Promise<Figure[]> {
  const fleet = await startFleet(4, { JRCTL_ORCHESTRATOR_INTERVAL: '100ms' })
  try {
    await sleep(settleMs)
    const perPass: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const offMs = (await spent(fleet.place, fleet.pid, 'disable')).cpuMs
      const on = await spent(fleet.place, fleet.pid, 'enable')
      perPass.push((on.cpuMs - offMs) / on.passes)
    }
    const measured = median(perPass)
    return [
      {
        what: 'a cycle with nothing to do, CPU of the daemon',
        measured: `${measured.toFixed(2)} ms`,
        target: `≤ ${limitMs} ms`,
        met: measured <= limitMs,
      },
    ]
  } finally {
    await fleet.end()
  }
}

async function spent(
  place: Place,
  pid: number,
  how: 'enable' | 'disable',
): Promise<{ cpuMs: number; passes: number }> {
  await jrctl(place, ['orchestrator', how])
  const before = await passesOf(place)
  await sleep(quietMs)
  const cpuBefore = await cpuMs(pid)
  await sleep(roundMs)
  const used = (await cpuMs(pid)) - cpuBefore
  // Of the time of the measure; the passes before it were as many a second.
  const passes = ((await passesOf(place)) - before) * (roundMs / (roundMs + quietMs))
  return { cpuMs: used, passes }
}

async function passesOf(place: Place): Promise<number> {
  const { stdout, stderr, code } = await jrctl(place, ['orchestrator', 'status', '--json'])
  if (code !== 0) throw new Error(`jrctl orchestrator status: ${stderr}`)
  return (JSON.parse(stdout) as OrchestratorStatusView).cycle.passes.total
}

/** Of all threads, to the nanosecond. */
async function cpuMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const times = await Promise.all(
    threads.map(async (thread) =>
      Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ')[0]),
    ),
  )
  return times.reduce((sum, ns) => sum + ns, 0) / 1e6
}
