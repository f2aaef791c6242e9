import { expect, test } from 'vitest'
import { jrName } from '../../src/domain/ids.ts'
import { eventTypes, lastMark, supervisorIn, worker, world } from './setup.ts'

test('a worker that keeps ending waits 5 s, then twice as long each time, at most 300 s', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()], { breakerFailures: 0 })
  await supervisor.start()
  const waits: number[] = []
  for (let round = 0; round < 8; round++) {
    on.machine.exit(lastMark(on), 1)
    await on.clock.advance(0)
    const [view] = supervisor.views()
    expect(view).toMatchObject({ state: 'backoff', lastExit: 'exited with code 1', pid: null })
    const waitMs = (view?.nextStartAt ?? 0) - on.clock.wallMs()
    waits.push(waitMs)
    await on.clock.advance(waitMs - 1)
    expect(supervisor.views()[0]?.state).toBe('backoff')
    await on.clock.advance(1)
    expect(supervisor.views()[0]).toMatchObject({ state: 'running', restarts: round + 1 })
  }
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300].map((seconds) => seconds * 1000))
})

test('a minute of health resets the wait', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  for (const healthyMs of [0, 5_000, 60_000]) {
    await on.clock.advance(healthyMs)
    on.machine.exit(lastMark(on), 1)
    await on.clock.advance(0)
    const waitMs = (supervisor.views()[0]?.nextStartAt ?? 0) - on.clock.wallMs()
    expect(waitMs).toBe(healthyMs === 5_000 ? 10_000 : 5_000)
    await on.clock.advance(waitMs)
  }
})

test('every life has an id of its own, which is its mark and its JRCTL_WORKER_ID', async () => {
  const on = world()
  await supervisorIn(on, [worker()]).start()
  on.machine.exit(lastMark(on), 1)
  await on.clock.advance(5_000)
  const [first, second] = on.machine.spawned
  expect(first?.mark).toMatch(/^[0-9a-f]{32}$/)
  expect(first?.env['JRCTL_WORKER_ID']).toBe(first?.mark)
  expect(second?.mark).not.toBe(first?.mark)
  expect(on.store.workers().map((stored) => stored.instanceId)).toEqual([second?.mark])
  expect(on.deaths).toEqual([{ instanceId: first?.mark, name: 'Research Jr.', cause: 'exited with code 1' }])
  expect(eventTypes(on)).toEqual([
    'worker.starting',
    'worker.running',
    'worker.stopping',
    'worker.ended',
    'worker.backoff',
    'worker.starting',
    'worker.running',
  ])
})

test.each([
  { restart: 'always', code: 0, state: 'backoff' },
  { restart: 'always', code: 1, state: 'backoff' },
  { restart: 'on-failure', code: 0, state: 'stopped' },
  { restart: 'on-failure', code: 1, state: 'backoff' },
  { restart: 'never', code: 0, state: 'stopped' },
  { restart: 'never', code: 1, state: 'error' },
] as const)('restart = $restart and exit $code leads to $state', async ({ restart, code, state }) => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ restart })])
  await supervisor.start()
  on.machine.exit(lastMark(on), code)
  await on.clock.advance(0)
  expect(supervisor.views()[0]?.state).toBe(state)
  await on.clock.advance(600_000)
  expect(on.machine.spawned.length).toBe(state === 'backoff' ? 2 : 1)
})

test('a missing program is told as such and tried again until it is there', async () => {
  const on = world()
  on.machine.programs.set('research', { missing: true })
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  const [view] = supervisor.views()
  expect(view?.state).toBe('missing')
  expect(view?.reason).toContain('no such program: research')
  expect(view?.reason).toContain('next start in 5 s')
  on.machine.programs.delete('research')
  await on.clock.advance(5_000)
  expect(supervisor.views()[0]?.state).toBe('running')
  expect(eventTypes(on)).toContain('worker.missing')
})

test('a start that does not come within its deadline has failed, and what comes later is ended', async () => {
  const on = world()
  on.machine.programs.set('research', { hangs: true })
  const supervisor = supervisorIn(on, [worker()])
  const started = supervisor.start()
  await on.clock.advance(10_000)
  await started
  expect(supervisor.views()[0]).toMatchObject({ state: 'backoff' })
  expect(supervisor.views()[0]?.reason).toContain('not started within 10 s')
  on.machine.release()
  await on.clock.advance(100)
  expect(on.machine.processes.size).toBe(0)
})

test('what a worker leaves behind is ended before its death is told and before it is started again', async () => {
  const on = world()
  on.machine.programs.set('research', { strays: 2, ignores: ['SIGTERM'] })
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  const mark = lastMark(on)
  on.machine.exit(mark, 1)
  await on.clock.advance(399)
  expect(supervisor.views()[0]?.state).toBe('stopping')
  expect(on.deaths).toEqual([])
  expect(on.machine.marked(mark)).toHaveLength(2)
  await on.clock.advance(10)
  expect(on.machine.marked(mark)).toEqual([])
  expect(on.deaths).toHaveLength(1)
  expect(supervisor.views()[0]?.state).toBe('backoff')
})

test('every change of state is in the ledger, from where to where and why', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  on.machine.exit(lastMark(on), 1)
  await on.clock.advance(5_000)
  const name = supervisor.views()[0]?.name ?? jrName('')
  for (const kind of ['restart', 'pause', 'resume', 'stop', 'start'] as const)
    await supervisor.command(name, { kind })
  const shedding = supervisor.shed(name, 'memory')
  await on.clock.advance(0)
  await shedding
  const changes = on.ledger.entries.flatMap(({ data, message }) =>
    data?.['to'] === undefined ? [] : [{ from: data['from'], to: data['to'], message }],
  )
  let state: unknown = 'stopped'
  for (const { from, to, message } of changes) {
    expect(from).toBe(state)
    expect(message).toMatch(/^Research Jr\.: ./)
    state = to
  }
  expect(state).toBe('disabled_by_memory')
  expect(supervisor.views()[0]?.state).toBe(state)
})
