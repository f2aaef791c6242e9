import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import {
  endOldProcesses,
  findOldProcesses,
  type ProcessAccess,
} from '../../../src/adapters/install/old-processes.ts'
import { readMachineUnits, readMark, readStat } from '../../../src/adapters/process/proc.ts'
import { sendProven } from '../../../src/adapters/process/signal.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Its command line contains the text. */
async function run(text: string, script: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(
    '/bin/sh',
    ['-c', `${script}\necho up\nwhile :; do read -r line || sleep 1000; done`, text],
    {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  children.push(child)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child.pid ?? 0
}

const access: ProcessAccess = {
  stat: readStat,
  mark: readMark,
  unitOf: () => null,
  signal: sendProven,
  ticksPerSecond: readMachineUnits().ticksPerSecond,
  nameOf: (uid) => `uid ${uid}`,
}
const find = (
  text: string,
  more: Partial<ProcessAccess> = {},
  isOurs: (unit: string) => boolean = () => false,
) => findOldProcesses([text], { ...access, ...more }, { ownPid: process.pid, isOurs })

describe('workers that somebody started by hand', () => {
  it('are found by what their command lines contain', async () => {
    const text = `jr_queue_worker-${randomUUID()}.py`
    const pid = await run(text, '')
    const found = find(text)
    expect(found).toEqual([
      {
        pid,
        startTime: readStat(pid)?.startTime,
        user: `uid ${process.getuid?.()}`,
        ageMs: expect.any(Number),
        commandLine: expect.stringContaining(text),
        unit: null,
      },
    ])
    expect(found[0]?.ageMs).toBeLessThan(60_000)
  })

  it('are not ourselves, nor who started us, nor anybody that a daemon of ours runs', async () => {
    const text = `jr_queue_worker-${randomUUID()}.py`
    await run(text, '', { JRCTL_MARK: 'a'.repeat(32) })
    expect(find(text)).toEqual([])
    const pid = await run(text, '')
    expect(findOldProcesses([text], access, { ownPid: pid, isOurs: () => false })).toEqual([])
    expect(find('vitest').map((one) => one.pid)).not.toContain(process.pid)
    expect(find('vitest').map((one) => one.pid)).not.toContain(process.ppid)
  })

  it('are told with the unit that would bring them back, and not with one that only holds a session', async () => {
    const text = `jr_queue_worker-${randomUUID()}.py`
    await run(text, '')
    const inUnit = (unit: string) => find(text, { unitOf: () => unit }, (name) => name === 'ours.service')
    expect(inUnit('jr-queue-worker.service')[0]?.unit).toBe('jr-queue-worker.service')
    for (const host of ['user@1000.service', 'cron.service', 'ssh.service', 'getty@tty1.service'])
      expect(inUnit(host)[0]?.unit).toBeNull()
    expect(inUnit('ours.service')).toEqual([])
  })

  it('are asked to end, and ended when they do not', async () => {
    const text = `jr_queue_worker-${randomUUID()}.py`
    await run(text, '')
    const stubborn = await run(text, 'trap "" TERM')
    const { forced, left } = await endOldProcesses(find(text), access, { graceMs: 500, clock: systemClock() })
    expect(forced.map(({ pid }) => pid)).toEqual([stubborn])
    expect(left).toEqual([])
    expect(find(text)).toEqual([])
  })

  it('are not mistaken for others that have their pids by now', async () => {
    const text = `jr_queue_worker-${randomUUID()}.py`
    const pid = await run(text, '')
    const [found] = find(text)
    if (found === undefined) throw new Error('not found')
    const other = { ...found, startTime: found.startTime - 1 }
    expect(await endOldProcesses([other], access, { graceMs: 200, clock: systemClock() })).toEqual({
      forced: [],
      left: [],
    })
    expect(readStat(pid)).toMatchObject({ zombie: false })
  })
})
