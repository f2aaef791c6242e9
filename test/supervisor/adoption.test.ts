import { expect, test } from 'vitest'
import { instanceId, jrName } from '../../src/domain/ids.ts'
import type { StoredWorker } from '../../src/ports/state-store.ts'
import { definitionHash } from '../../src/supervisor/definition-hash.ts'
import { eventTypes, lastMark, supervisorIn, worker, world } from './setup.ts'

const silent = (): void => {}

test('a new daemon adopts the living with their ids, and starts nothing twice', async () => {
  const on = world()
  await supervisorIn(on, [worker({ instances: 2 })]).start()
  const before = on.machine.spawned.map((spec) => spec.mark)
  on.machine.daemonDies()
  const next = supervisorIn(on, [worker({ instances: 2 })])
  await next.start()
  expect(on.machine.spawned).toHaveLength(2)
  expect(next.views().map((view) => view.instanceId)).toEqual(before)
  expect(next.views()).toMatchObject([
    { state: 'running', adopted: true },
    { state: 'running', adopted: true },
  ])
  expect(eventTypes(on).filter((type) => type === 'worker.adopted')).toHaveLength(2)
  on.machine.exit(before[0] ?? '', 7)
  await on.clock.advance(5_000)
  expect(next.views()[0]).toMatchObject({ state: 'running', adopted: false, lastExit: 'exited with code 7' })
})

test('one that ended while no daemon ran has its exit learned, its death told and its restart policy followed', async () => {
  const on = world()
  await supervisorIn(on, [worker()]).start()
  const mark = lastMark(on)
  on.machine.daemonDies()
  on.machine.exit(mark, 3)
  const next = supervisorIn(on, [worker()])
  await next.start()
  expect(on.deaths.filter((death) => death.instanceId === mark)).toContainEqual({
    instanceId: mark,
    name: 'Research Jr.',
    cause: 'exited with code 3',
  })
  expect(next.views()[0]).toMatchObject({ state: 'backoff', lastExit: 'exited with code 3' })
})

test('what such a one left behind is ended too', async () => {
  const on = world()
  on.machine.programs.set('research', { strays: 2 })
  await supervisorIn(on, [worker({ restart: 'never' })]).start()
  on.machine.daemonDies()
  on.machine.exit(lastMark(on), 0)
  expect(on.machine.processes.size).toBe(2)
  const next = supervisorIn(on, [worker({ restart: 'never' })])
  const started = next.start()
  await on.clock.advance(5_000)
  await started
  expect(on.machine.processes.size).toBe(0)
})

test('after a reboot the old pids belong to others: nothing is signalled, everything is started anew', async () => {
  const on = world()
  await supervisorIn(on, [worker()]).start()
  on.machine.daemonDies()
  on.machine.reboot()
  const stranger = await on.machine.launch({ ...spec, mark: 'stranger' })
  const next = supervisorIn(on, [worker()])
  await next.start()
  await on.clock.advance(5_000)
  expect(on.machine.signals).toEqual([])
  expect(on.machine.processes.has(stranger.pid)).toBe(true)
  expect(next.views()[0]?.state).toBe('running')
})

const spec = { command: ['research'] as [string], cwd: '/', env: {}, logFile: '/dev/null' }

function intent(mark: string): StoredWorker {
  return {
    instanceId: instanceId(mark),
    name: jrName('Research Jr.'),
    slot: 1,
    definitionHash: definitionHash(worker()),
    state: 'starting',
    identity: null,
    startedAt: null,
    restarts: 0,
    failures: [],
    lastExit: null,
  }
}

test('a start that a crash kept from being saved is found by its mark', async () => {
  const on = world()
  on.store.saveWorker(intent('a1'))
  await on.machine.launch({ ...spec, mark: 'a1' })
  const next = supervisorIn(on, [worker()])
  await next.start()
  expect(on.machine.spawned).toHaveLength(1)
  expect(next.views()[0]).toMatchObject({ instanceId: 'a1', state: 'running', adopted: true })
})

test('an intent whose process never came is forgotten', async () => {
  const on = world()
  on.store.saveWorker(intent('a2'))
  const next = supervisorIn(on, [worker()])
  await next.start()
  expect(on.store.workers().map((stored) => stored.instanceId)).toEqual([lastMark(on)])
})

test('the intent is on disk before the process is', async () => {
  const on = world()
  on.machine.programs.set('research', { hangs: true })
  const supervisor = supervisorIn(on, [worker()])
  void supervisor.start()
  await on.clock.advance(0)
  expect(on.store.workers()).toMatchObject([{ instanceId: lastMark(on), state: 'starting', identity: null }])
  on.machine.release()
  await on.clock.advance(0)
  expect(on.store.workers()).toMatchObject([{ state: 'running', identity: { mark: lastMark(on) } }])
})

test('a worker that is no longer configured is ended, and so is one instance too many', async () => {
  const on = world()
  await supervisorIn(on, [worker({ instances: 2 }), worker({ name: 'Old Jr.', command: ['old'] })]).start()
  on.machine.daemonDies()
  const next = supervisorIn(on, [worker()])
  await next.start()
  await on.clock.advance(1_000)
  expect(next.views().map((view) => [view.name, view.slot, view.state])).toEqual([
    ['Research Jr.', 1, 'running'],
  ])
  expect([...on.machine.processes.values()].map((entry) => entry.mark)).toEqual([
    on.machine.spawned[0]?.mark,
    on.machine.spawned[0]?.mark,
  ])
  expect(on.store.workers()).toHaveLength(1)
})

test('one whose definition changed meanwhile is replaced', async () => {
  const on = world()
  await supervisorIn(on, [worker()]).start()
  on.machine.daemonDies()
  const next = supervisorIn(on, [worker({ env: { MODE: 'new' } })])
  await next.start()
  await on.clock.advance(1_000)
  expect(on.machine.spawned).toHaveLength(2)
  expect(next.views()[0]).toMatchObject({ state: 'running', instanceId: lastMark(on), adopted: false })
})

test('left workers are adopted and can be stopped by the next daemon', async () => {
  const on = world()
  const first = supervisorIn(on, [worker()])
  await first.start()
  await first.stop('leave', silent)
  const next = supervisorIn(on, [worker()])
  await next.start()
  expect(await next.stop('stop', silent)).toMatchObject({ endedThemselves: ['Research Jr.'] })
  expect(on.machine.processes.size).toBe(0)
})
