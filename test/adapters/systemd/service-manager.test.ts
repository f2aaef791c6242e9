import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNotifyProgram } from '../../../src/adapters/systemd/notify-program.ts'
import { createServiceManager } from '../../../src/adapters/systemd/service-manager.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { type NotifyReceiver, canReceive, startNotifyReceiver } from '../../support/notify-receiver.ts'

const petting = new URL('../../fixtures/petting.ts', import.meta.url).pathname

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-notify-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** This process, as one that a manager has started. */
function managed(env: NodeJS.ProcessEnv) {
  const clock = fakeClock()
  const manager = createServiceManager({ env, pid: process.pid, clock })
  return { clock, manager }
}

describe.skipIf(!canReceive)('a service manager that listens', () => {
  it.each([
    ['a path', () => join(folder, 'notify')],
    ['an abstract name', () => `@jrctl-test-${process.pid}-${Date.now()}`],
  ])('is told by %s, at once and in order', async (_, socket) => {
    const receiver = await startNotifyReceiver(socket())
    const { manager } = managed({ NOTIFY_SOCKET: receiver.socket })
    manager.tell({ status: 'Starting', extendMs: 1000 })
    manager.tell({ state: 'ready', status: 'café ✓' })
    await receiver.until(({ lines }) => lines.includes('READY=1'))
    await receiver.close()
    expect(receiver.received.map(({ lines }) => lines)).toEqual([
      ['STATUS=Starting', 'EXTEND_TIMEOUT_USEC=1000000'],
      ['READY=1', 'STATUS=café ✓'],
    ])
  })

  it('gets what it could not be told while it was away', async () => {
    const { clock, manager } = managed({ NOTIFY_SOCKET: join(folder, 'notify') })
    manager.tell({ state: 'ready', status: 'one' })
    manager.tell({ status: 'two' })
    const receiver = await startNotifyReceiver(join(folder, 'notify'))
    await clock.advance(100)
    await receiver.until(() => true)
    await receiver.close()
    expect(receiver.received.map(({ lines }) => lines)).toEqual([['READY=1', 'STATUS=two']])
    expect(clock.pending).toBe(0)
  })

  it('hears of a status when it is another, and again of one that was lost', async () => {
    const path = join(folder, 'notify')
    const { clock, manager } = managed({ NOTIFY_SOCKET: path })
    manager.tell({ status: 'one' })
    await clock.advance(10_000)
    const receiver = await startNotifyReceiver(path)
    for (const status of ['one', 'one', 'two', 'two', 'one']) manager.tell({ status })
    manager.tell({ status: 'one', extendMs: 1 })
    await receiver.until(({ lines }) => lines.includes('EXTEND_TIMEOUT_USEC=1000'))
    await receiver.close()
    expect(receiver.received.map(({ lines }) => lines.join())).toEqual([
      'STATUS=one',
      'STATUS=two',
      'STATUS=one',
      'EXTEND_TIMEOUT_USEC=1000',
    ])
  })

  it('is not left with a reload that was over before it listened', async () => {
    const path = join(folder, 'notify')
    const { clock, manager } = managed({ NOTIFY_SOCKET: path })
    manager.tell({ state: 'reloading' })
    manager.tell({ state: 'ready' })
    const receiver = await startNotifyReceiver(path)
    await clock.advance(100)
    const { lines } = await receiver.until(() => true)
    await receiver.close()
    expect(lines).toContain('READY=1')
    expect(lines).not.toContain('RELOADING=1')
  })

  it('with a full socket gets the newest of everything as soon as there is room', async () => {
    const receiver = await startNotifyReceiver(join(folder, 'notify'))
    const { clock, manager } = managed({ NOTIFY_SOCKET: receiver.socket })
    receiver.pause()
    // More than net.unix.max_dgram_qlen lets anybody wait.
    for (let count = 1; count <= 2_000; count += 1) manager.tell({ status: `status ${count}` })
    manager.tell({ state: 'stopping' })
    receiver.resume()
    await receiver.until(({ lines }) => lines.includes('STATUS=status 1'))
    for (let waits = 0; waits < 40; waits += 1) {
      await clock.advance(100)
      if (clock.pending === 0) break
    }
    await receiver.until(({ lines }) => lines.includes('STATUS=status 2000') && lines.includes('STOPPING=1'))
    await receiver.close()
    expect(clock.pending).toBe(0)
  })

  it('gets signs of life at half its time, as long as nobody complains', async () => {
    const receiver = await startNotifyReceiver(join(folder, 'notify'))
    const { clock, manager } = managed({ NOTIFY_SOCKET: receiver.socket, WATCHDOG_USEC: '60000000' })
    let complaint: string | null = null
    const watch = manager.watch(() => complaint)
    await clock.advance(60_000)
    complaint = 'stuck'
    await clock.advance(300_000)
    complaint = null
    await clock.advance(30_000)
    watch.stop()
    await clock.advance(300_000)
    manager.tell({ status: 'over' })
    await receiver.until(({ lines }) => lines.includes('STATUS=over'))
    await receiver.close()
    expect(receiver.received.filter(({ lines }) => lines[0] === 'WATCHDOG=1')).toHaveLength(4)
    expect(clock.pending).toBe(0)
  })

  describe('and a loop that blocks', () => {
    let receiver: NotifyReceiver
    afterEach(() => receiver.close())

    it('is not petted', async () => {
      receiver = await startNotifyReceiver(join(folder, 'notify'))
      const env = { ...process.env, NOTIFY_SOCKET: receiver.socket, WATCHDOG_USEC: '100000' }
      const child = spawn(process.execPath, [petting], { env, stdio: ['pipe', 'ignore', 'inherit'] })
      const isPet = ({ lines }: { lines: string[] }) => lines[0] === 'WATCHDOG=1'
      const ready = await receiver.until(({ lines }) => lines[0] === 'READY=1')
      expect(ready.lines).toContain('STATUS=inherits nothing')
      for (let pet = 0; pet < 4; pet += 1) await receiver.until(isPet, receiver.received.length)
      child.stdin.write('700\n')
      await receiver.until(({ lines }) => lines[0] === 'STATUS=awake')
      await receiver.until(isPet, receiver.received.length)
      child.kill()
      const pets = receiver.received.filter(isPet).map(({ atMs }) => atMs)
      const gaps = pets.slice(1).map((atMs, index) => atMs - (pets[index] ?? 0))
      expect(Math.max(...gaps)).toBeGreaterThan(600)
      // It pets in time otherwise: most gaps are a half of 100 ms, on a busy machine more.
      expect(Math.min(...gaps)).toBeLessThan(600)
    })
  })
})

describe('no service manager', () => {
  it.each([{}, { NOTIFY_SOCKET: 'nowhere' }, { NOTIFY_SOCKET: '' }, { NOTIFY_SOCKET: 'vsock:2:1' }])(
    '%j hurts nobody',
    (env) => {
      const { clock, manager } = managed({ ...env, WATCHDOG_USEC: '1000' })
      expect(manager.name).toBeNull()
      manager.tell({ state: 'ready' })
      manager.watch(() => null).stop()
      expect(clock.pending).toBe(0)
    },
  )

  it('behind an address where nobody is costs some tries and no more', async () => {
    const { clock, manager } = managed({ NOTIFY_SOCKET: join(folder, 'nobody'), WATCHDOG_USEC: '60000000' })
    manager.tell({ state: 'ready' })
    await clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })

  it('that only started us has a name, and hears nothing', () => {
    const { manager } = managed({ SYSTEMD_EXEC_PID: String(process.pid) })
    expect(manager.name).toMatch(/^(systemd unit .*\.service|a service manager)$/)
  })
})

describe('the program systemd-notify', () => {
  it('is run once for all that came while it was at work, with the socket and nothing else of ours', async () => {
    const program = join(folder, 'systemd-notify')
    const log = join(folder, 'log')
    await writeFile(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >>${log}\nenv | grep -c SECRET >>${log}\n`)
    await chmod(program, 0o755)
    const children: ReturnType<typeof spawn>[] = []
    const run = ((_: string, args: string[], options: object) => {
      const child = spawn(program, args, options)
      children.push(child)
      return child
    }) as typeof spawn
    process.env['SECRET'] = 'x'
    const program7 = createNotifyProgram('/run/n', 7, run)
    program7.send(['STATUS=one'])
    program7.send(['STATUS=two', 'WATCHDOG=1'])
    program7.send(['STATUS=three'])
    const over = () => new Promise((resolve) => children.at(-1)?.once('close', resolve))
    await over()
    await over()
    delete process.env['SECRET']
    expect(await readFile(log, 'utf8')).toBe(
      '/run/n --pid=7 --no-block STATUS=one\n0\n/run/n --pid=7 --no-block STATUS=three WATCHDOG=1\n0\n',
    )
  })

  it('that is missing hurts nobody', async () => {
    const failed = Promise.withResolvers<void>()
    const run = ((_: string, args: string[], options: object) => {
      const child = spawn(join(folder, 'none'), args, options)
      child.once('error', () => failed.resolve())
      return child
    }) as typeof spawn
    createNotifyProgram('/run/n', 7, run).send(['READY=1'])
    await failed.promise
  })
})
