import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './figure.ts'
import { startFleet } from './fleet.ts'

const settleMs = 10_000
const watchMs = 30_000
/** USER_HZ: 100 on every Linux that Node runs on. */
const tickMs = 10

/** The daemon at rest with four workers: resident memory and CPU. */
export async function idle(): Promise<Figure[]> {
  const fleet = await startFleet(4)
  await sleep(settleMs)
  const beforeMs = await cpuMs(fleet.pid)
  await sleep(watchMs)
  const cpuPercent = (100 * ((await cpuMs(fleet.pid)) - beforeMs)) / watchMs
  const rssMb = await rssMegabytes(fleet.pid)
  await fleet.end()
  return [
    {
      what: 'daemon idle with 4 workers, RSS',
      measured: `${rssMb.toFixed(0)} MB`,
      target: '≤ 95 MB',
      met: rssMb <= 95,
    },
    {
      what: 'daemon idle with 4 workers, CPU of one core over 30 s',
      measured: `${cpuPercent.toFixed(2)} %`,
      target: '≤ 0.5 %',
      met: cpuPercent <= 0.5,
    },
  ]
}

async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

async function rssMegabytes(pid: number): Promise<number> {
  const line = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1024
}
