import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const fixture = new URL('../../fixtures/beating-fleet.ts', import.meta.url).pathname

/** Longer than the silence that ends a worker there, by far. */
const stallMs = 1_500

let folder: string
let fleet: ChildProcess
let lines: string[]
let waiting: Set<() => void>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-stall-'))
  lines = []
  waiting = new Set()
  fleet = spawn(process.execPath, [fixture, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  createInterface({ input: fleet.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
})

afterEach(async () => {
  const closed = new Promise((resolve) => fleet.once('close', resolve))
  fleet.stdin?.end()
  await closed
  await rm(folder, { recursive: true, force: true })
})

/** Settles with the lines from `from` on, as soon as they satisfy. */
function until(holds: (seen: string[]) => boolean, from = 0): Promise<string[]> {
  return new Promise((resolve) => {
    const look = (): void => {
      const seen = lines.slice(from)
      if (!holds(seen)) return
      waiting.delete(look)
      resolve(seen)
    }
    waiting.add(look)
    look()
  })
}

const looks = (count: number) => (seen: string[]) =>
  seen.filter((line) => line.startsWith('look')).length >= count
const deaths = () => lines.filter((line) => line.startsWith('death'))

/** The processes of the worker: its shim leads their group. */
async function workerGroup(): Promise<number> {
  await until(looks(15))
  const shown = lines.findLast((line) => line.startsWith('worker'))
  const { readFile } = await import('node:fs/promises')
  const stat = await readFile(`/proc/${shown?.split(' ')[1]}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

/** It is the stall itself, not a wait for something. */
const stall = () => new Promise((resolve) => setTimeout(resolve, stallMs))

describe('a stall of the supervisor (fault 4)', () => {
  it('kills nobody when the whole machine slept: the silence of that time proves nothing', async () => {
    const group = await workerGroup()
    fleet.kill('SIGSTOP')
    process.kill(-group, 'SIGSTOP')
    await stall()
    const from = lines.length
    fleet.kill('SIGCONT')
    // The supervisor looks first, and sees a beat that is older than its patience.
    const seen = await until(looks(2), from)
    process.kill(-group, 'SIGCONT')
    expect(Math.max(...seen.map((line) => Number(line.split(' ')[1])))).toBeGreaterThan(1_000)
    await until(looks(15), lines.length)
    expect(deaths()).toEqual([])
  })

  it('is no excuse for a worker that is silent while it looks', async () => {
    const group = await workerGroup()
    process.kill(-group, 'SIGSTOP')
    await until((seen) => seen.some((line) => line.startsWith('death')))
    expect(deaths()[0]).toMatch(/no heartbeat for 1(\.\d)? s/)
  })
})
