import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TaskDetailView, TaskListView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { isAlive } from '../support/alive.ts'
import { type EmbeddedState, makeEmbeddedState } from '../support/embedded-state.ts'
import { type Place, jrctl, start, temporaryPlace } from '../support/jrctl.ts'
import { until } from './fleet.ts'

describe('jrctl demo on an empty machine', () => {
  let place: Place
  beforeEach(async () => {
    place = await temporaryPlace()
  })
  afterEach(() => place.remove())

  it('ends by itself when the queue is done; a second run adds nothing and forgets nothing', async () => {
    const first = start(place, ['demo', '--tasks', '8', '--until-idle', '--json'])
    expect(await first.exited).toBe(0)
    expect(first.stderr()).toContain('which is made once')
    expect(JSON.parse(first.stdout())).toMatchObject({ summary: { completed: 8, failed: 0, remaining: 0 } })

    const second = start(place, ['demo'])
    await second.said(/sample tasks of an earlier run/)
    const { stdout } = await jrctl(place, ['tasks', 'list', '--json'])
    const { tasks } = JSON.parse(stdout) as TaskListView
    expect(tasks.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'completed'))
    // What the LLM said, through the gateway, stands beside what the files say; nobody can take it for a model's word.
    const shown = await jrctl(place, ['tasks', 'show', String(tasks.at(-1)?.id), '--json'])
    const { task } = JSON.parse(shown.stdout) as TaskDetailView
    expect(task.result).toMatchObject({ llm: { simulated: true } })
    expect(second.stderr()).not.toContain('which is made once')
    second.child.kill('SIGINT')
    expect(await second.exited).toBe(0)
  })

  it('keeps everything below .jrctl, for its owner alone, and leaves no process behind', async () => {
    const demo = start(place, ['demo', '--tasks', '1'])
    await demo.said(/1 sample task was added/)
    // Nothing is advised that a demo does not have.
    const another = await jrctl(place, ['demo'])
    expect([another.code, another.stderr]).toEqual([1, expect.stringContaining('already owns the state')])
    expect(another.stderr).not.toContain('--take-over')
    const read = async () => JSON.parse((await jrctl(place, ['status', '--json'])).stdout) as StatusView
    const { workers, daemon } = await until(read, (status) => status.workers.every(({ pid }) => pid !== null))
    expect(daemon.stateDir).toBe(join(place.dir, '.jrctl'))
    expect((await stat(daemon.stateDir)).mode & 0o777).toBe(0o700)
    demo.child.kill('SIGTERM')
    expect(await demo.exited).toBe(0)
    const pids = [daemon.pid, ...workers.map((worker) => worker.pid ?? 0)]
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('runs in a folder too deep for a socket, whatever the environment of who asks', async () => {
    const deep = { ...place, dir: join(place.dir, 'x'.repeat(120)) }
    await mkdir(deep.dir)
    const demo = start({ ...deep, env: { ...deep.env, XDG_RUNTIME_DIR: place.dir } }, [
      'demo',
      '--tasks',
      '1',
    ])
    await demo.said(/sample task was added/)
    expect((await jrctl(deep, ['status'])).code).toBe(0)
    expect((await jrctl(deep, ['health-check'])).stdout).toMatch(/^JRCTL (OK|WARNING)/)
    demo.child.kill('SIGTERM')
    expect(await demo.exited).toBe(0)
  })
})

describe('jrctl demo where a database was made before', () => {
  let place: Place
  let embedded: EmbeddedState
  beforeAll(async () => {
    embedded = await makeEmbeddedState()
  })
  afterAll(() => embedded?.remove())
  beforeEach(async () => {
    place = await temporaryPlace()
    await embedded.layInto(join(place.dir, '.jrctl'))
  })
  afterEach(() => place.remove())

  it('starts its database again when that dies, and goes on', async () => {
    const demo = start(place, ['demo', '--tasks', '1'])
    await demo.said(/sample task was added/)
    const record = await readFile(join(place.dir, '.jrctl/postgres/server.json'), 'utf8')
    process.kill((JSON.parse(record) as { process: { pid: number } }).process.pid, 'SIGKILL')
    await demo.said(/is away/)
    await demo.said(/answers again/)
    const { stdout } = await jrctl(place, [
      'tasks',
      'add',
      'After the outage',
      '--assign',
      'Research Jr.',
      '--json',
    ])
    const { ids } = JSON.parse(stdout) as { ids: number[] }
    const read = async () =>
      JSON.parse((await jrctl(place, ['tasks', 'show', String(ids[0]), '--json'])).stdout) as TaskDetailView
    // The sample Jr finds no work it knows in it and says so, once and for all: it is at work again.
    await until(read, ({ task }) => task.status === 'failed')
    demo.child.kill('SIGTERM')
    expect(await demo.exited).toBe(0)
  })

  it('ends with the reader of what it says, such as an ssh that somebody has left', async () => {
    const demo = start(place, ['demo', '--tasks', '40'])
    await demo.said(/sample tasks were added/)
    demo.child.stdout?.destroy()
    demo.child.stderr?.destroy()
    expect(await demo.exited).toBe(0)
    const { code } = await jrctl(place, ['status'])
    expect(code).toBe(69)
  })

  it('ends with its terminal, as nobody would know of it any more', async () => {
    const demo = start(place, ['demo', '--tasks', '1'])
    await demo.said(/sample task was added/)
    demo.child.kill('SIGHUP')
    expect(await demo.exited).toBe(0)
    expect(demo.stderr()).toMatch(/Shutdown asked by SIGHUP/)
  })

  it('never touches a queue that the environment or a configuration names', async () => {
    const foreign = 'postgresql://somebody:canary@127.0.0.1:1/real'
    const env = { ...place.env, DATABASE_URL: foreign }
    const demo = start({ ...place, env }, ['demo', '--tasks', '1', '--until-idle'])
    expect(await demo.exited).toBe(0)
    expect(demo.stderr()).not.toContain('canary')
    const named = { ...place, env: { ...place.env, JRCTL_QUEUE_URL: foreign } }
    expect(await start(named, ['demo', '--tasks', '1', '--until-idle']).exited).toBe(0)
  })
})
