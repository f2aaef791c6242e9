import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { BusEvent } from '../../src/contract/bus.ts'
import type { TaskDetailView } from '../../src/contract/outputs.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { createClient, type ApiClient } from '../../src/client/client.ts'
import { jrctlPath } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'

const example = (name: string) => new URL(`../../src/demo/bus/${name}`, import.meta.url).pathname
const has = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** The examples of src/demo/bus; what a machine lacks is skipped, and shows as that. */
const examples = [
  { name: 'TypeScript', command: [process.execPath, example('word-count.ts')], isHere: true },
  { name: 'Python', command: ['python3', example('word-count.py')], isHere: has('python3') },
  { name: 'shell', command: ['sh', example('word-count.sh')], isHere: has('curl') },
] as const

/** Spec §9, on a real daemon. */
describe('the bus', () => {
  let fleet: TestFleet
  let client: ApiClient
  let env: NodeJS.ProcessEnv
  const children: ChildProcess[] = []
  beforeAll(async () => {
    fleet = await startFleet(scripted('Asking Jr.', 'jrctl bus request who.asks', 'stop_grace = "1s"'))
    const socketPath = join(fleet.place.dir, 'state/jrctl.sock')
    client = createClient({ socketPath, actor: 'test', clock: systemClock() })
    // The shell's example calls jrctl by its name.
    const path = `${join(jrctlPath, '..')}:${fleet.place.env['PATH']}`
    env = { ...fleet.place.env, PATH: path, JRCTL_SOCKET: socketPath }
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGTERM')
  })
  afterAll(() => fleet.end())

  /** Settles when it says that it responds. */
  function respondWith(command: readonly string[], ...args: string[]): Promise<void> {
    const [program = '', ...rest] = command
    const child = spawn(program, [...rest, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    return new Promise((resolve, reject) => {
      let said = ''
      const hear = (chunk: Buffer): void => {
        said += chunk.toString('utf8')
        if (/ready|responding to/.test(said)) resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.on('exit', (code) => reject(new Error(`${program} ended with ${code}: ${said}`)))
    })
  }

  describe.each(examples)('from $name', ({ command, isHere }) => {
    it.skipIf(!isHere)('is answered', async () => {
      await respondWith(command, 'respond')
      const answer = await client.call('requestBus', { topic: 'words.count', data: 'how many are we' })
      expect(answer).toMatchObject({ ok: true, data: 4 })
      // One who waits no longer, and whose answer is then refused, is not the end of it.
      const [responder] = children
      responder?.kill('SIGSTOP')
      const late = client.call('requestBus', { topic: 'words.count', data: 'too late', timeout_ms: 100 })
      await expect(late).rejects.toThrow('within 100 ms')
      responder?.kill('SIGCONT')
      expect(await client.call('requestBus', { topic: 'words.count', data: 'next' })).toMatchObject({
        data: 1,
      })
    })

    it.skipIf(!isHere)('is asked', async () => {
      const stop = new AbortController()
      const asked: BusEvent[] = []
      const answering = client.subscribe(
        { topic: ['words.*'], respond: true },
        (event) => {
          asked.push(event)
          if (event.event === 'request')
            void client.call('replyBus', { request_id: event.data.request_id, data: 42 })
          if (event.event === 'ready') void ask()
        },
        { signal: stop.signal },
      )
      const said = Promise.withResolvers<string>()
      const ask = async (): Promise<void> => {
        const [program, ...rest] = command
        const ran = promisify(execFile)(program, [...rest, 'ask', 'say "hi" to \\us'], { env })
        await ran.then(({ stdout }) => said.resolve(stdout), said.reject)
      }
      expect(await said.promise).toMatch(/^42\n$|"data":42/)
      stop.abort()
      await answering
      expect(asked).toContainEqual(
        expect.objectContaining({ data: expect.objectContaining({ data: 'say "hi" to \\us' }) as unknown }),
      )
    })
  })

  it('knows which attempt asks, from within a task', async () => {
    await respondWith([jrctlPath], 'bus', 'respond', 'who.*', '--', 'sh', '-c', 'echo "$JRCTL_BUS_FROM"')
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', 'ask', '--assign', 'Asking Jr.')
    const id = ids[0] ?? 0
    const show = () => fleet.json<TaskDetailView>('tasks', 'show', String(id))
    const { task } = await until(show, (detail) => detail.task.status === 'completed')
    expect(task.result).toBe(`jr:Asking Jr. task:${id}\n`)
  })

  it('brings what the daemon notes', async () => {
    const stop = new AbortController()
    const heard: string[] = []
    await client.subscribe(
      { topic: ['task.inserted'] },
      ({ event, data }) => {
        if (event === 'ready') void client.call('addTasks', { tasks: [{ title: 'x', assignedJr: 'Nobody' }] })
        if (event === 'message') heard.push(`${data.topic} by ${data.from}`)
        if (heard.length > 0) stop.abort()
      },
      { signal: stop.signal },
    )
    expect(heard).toEqual(['task.inserted by daemon'])
  })

  it('has exit codes that scripts can tell apart', async () => {
    expect(await fleet.jrctl('bus', 'request', 'nobody.here')).toMatchObject({ code: 3 })
    await respondWith([jrctlPath], 'bus', 'respond', 'a.failing', '--', 'sh', '-c', 'echo no >&2; exit 7')
    expect(await fleet.jrctl('bus', 'request', 'a.failing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a.failing answered with an error: no') as string,
    })
    await respondWith([jrctlPath], 'bus', 'respond', 'a.slow', '--', 'sleep', '60')
    expect(await fleet.jrctl('bus', 'request', 'a.slow', '--timeout', '300ms')).toMatchObject({ code: 1 })
    expect(await fleet.jrctl('bus', 'publish', 'task.x')).toMatchObject({ code: 2 })
  })

  it('ends a command whose asker has left', async () => {
    await respondWith([jrctlPath], 'bus', 'respond', 'a.long', '--', 'sh', '-c', 'sleep 61.25; exit 1')
    const asking = new AbortController()
    const gone = expect(client.call('requestBus', { topic: 'a.long' }, asking.signal)).rejects.toThrow()
    const sleeps = () => spawnSync('pgrep', ['-f', '^sleep 61.25$']).status === 0
    await expect.poll(sleeps).toBe(true)
    asking.abort()
    await gone
    await expect.poll(sleeps, { timeout: 10_000 }).toBe(false)
  })
})
