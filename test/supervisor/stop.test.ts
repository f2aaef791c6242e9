import { expect, test } from 'vitest'
import type { WorkerView } from '../../src/domain/worker.ts'
import { lastMark, supervisorIn, worker, world } from './setup.ts'

const silent = (): void => {}

test('a stop asks the command alone, and whoever ends by itself is not forced', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ stopSignal: 'SIGINT' })])
  await supervisor.start()
  const report = await supervisor.stop('stop', silent)
  expect(report).toEqual({ endedThemselves: ['Research Jr.'], forced: [], left: [] })
  expect(on.machine.signals.map((sent) => sent.signal)).toEqual(['SIGINT'])
  expect(on.machine.processes.size).toBe(0)
  expect(on.deaths).toHaveLength(1)
  expect(supervisor.views()[0]).toMatchObject({ state: 'stopped', reason: 'jrctl is shutting down' })
})

test('a worker that does not listen is killed after its grace, and who is waited for is told', async () => {
  const on = world()
  on.machine.programs.set('research', { ignores: ['SIGTERM'], strays: 1 })
  const supervisor = supervisorIn(on, [worker(), worker({ name: 'Good Jr.', command: ['good'] })])
  await supervisor.start()
  const told: (readonly WorkerView[])[] = []
  const stopping = supervisor.stop('stop', (waitingFor) => told.push(waitingFor))
  await on.clock.advance(9_999)
  expect(on.machine.processes.size).toBe(3)
  expect(told.at(-1)?.map((view) => view.name)).toEqual(['Research Jr.'])
  await on.clock.advance(100)
  expect(await stopping).toEqual({ endedThemselves: ['Good Jr.'], forced: ['Research Jr.'], left: [] })
  expect(on.machine.processes.size).toBe(0)
})

test('running work may take longer than the grace when the shutdown allows it', async () => {
  const on = world()
  on.machine.programs.set('research', { ignores: ['SIGTERM'] })
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  const stopping = supervisor.stop('stop', silent, 30_000)
  await on.clock.advance(29_000)
  on.machine.exit(lastMark(on), 0)
  await on.clock.advance(0)
  expect(await stopping).toMatchObject({ endedThemselves: ['Research Jr.'], forced: [] })
})

test.each([
  { finishGraceMs: 30_000, again: 30_000, killed: 40_000 },
  // Without a shutdown's time for running work, the worker's own grace is for finishing and ending alike.
  { finishGraceMs: 0, again: 5_000, killed: 10_000 },
])(
  'asks again after $again ms, which means to finish nothing any more, and kills after $killed',
  async (times) => {
    const on = world()
    on.machine.programs.set('research', { ignores: ['SIGTERM'] })
    const supervisor = supervisorIn(on, [worker({ stopGraceMs: 10_000 })])
    await supervisor.start()
    const stopping = supervisor.stop('stop', silent, times.finishGraceMs)
    await on.clock.advance(times.again - 1)
    expect(on.machine.signals.map(({ signal }) => signal)).toEqual(['SIGTERM'])
    await on.clock.advance(1)
    expect(on.machine.signals.map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGTERM'])
    await on.clock.advance(times.killed - times.again - 1)
    expect(on.machine.processes.size).toBeGreaterThan(0)
    await on.clock.advance(100)
    expect(await stopping).toMatchObject({ forced: ['Research Jr.'] })
  },
)

test('a second stop hurries the first', async () => {
  const on = world()
  on.machine.programs.set('research', { ignores: ['SIGTERM'] })
  const supervisor = supervisorIn(on, [worker({ stopGraceMs: 3_600_000 })])
  await supervisor.start()
  const first = supervisor.stop('stop', silent)
  await on.clock.advance(1_000)
  const second = supervisor.stop('stop', silent)
  await on.clock.advance(10)
  expect(await second).toEqual({ endedThemselves: [], forced: ['Research Jr.'], left: [] })
  expect(await first).toEqual(await second)
  expect(on.machine.processes.size).toBe(0)
})

test('after a stop nothing is left waiting: no timer, no restart', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker(), worker({ name: 'Other Jr.', command: ['gone'] })])
  on.machine.programs.set('gone', { missing: true })
  await supervisor.start()
  await supervisor.stop('stop', silent)
  expect(on.clock.pending).toBe(0)
  await on.clock.advance(600_000)
  expect(on.machine.spawned).toHaveLength(1)
})

test('leave lets go without a signal, and does not restart what ends afterwards', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  expect(await supervisor.stop('leave', silent)).toEqual({
    endedThemselves: [],
    forced: [],
    left: ['Research Jr.'],
  })
  expect(on.machine.signals).toEqual([])
  expect(on.clock.pending).toBe(0)
  on.machine.exit(lastMark(on), 1)
  await on.clock.advance(600_000)
  expect(on.machine.spawned).toHaveLength(1)
  expect(on.deaths).toEqual([])
})
