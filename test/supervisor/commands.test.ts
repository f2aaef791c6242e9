import { expect, test } from 'vitest'
import { jrName } from '../../src/domain/ids.ts'
import { eventTypes, lastMark, supervisorIn, worker, world } from './setup.ts'

const name = jrName('Research Jr.')
const silent = (): void => {}

test('stop stays stopped, start starts', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  expect(await supervisor.command(name, { kind: 'stop' })).toMatchObject({
    kind: 'done',
    workers: [{ state: 'stopped', reason: 'stopped by an operator', pid: null }],
  })
  await on.clock.advance(600_000)
  expect(on.machine.spawned).toHaveLength(1)
  expect(await supervisor.command(name, { kind: 'start' })).toMatchObject({ workers: [{ state: 'running' }] })
})

test('what has no instances cannot be started, and the answer says how it can', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ instances: 0 })])
  await supervisor.start()
  for (const kind of ['start', 'restart'] as const)
    expect(await supervisor.command(name, { kind })).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('jrctl workers scale "Research Jr." 1'),
    })
})

test('restart replaces the process without a wait', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  const verdict = await supervisor.command(name, { kind: 'restart' })
  expect(on.machine.spawned).toHaveLength(2)
  expect(verdict).toMatchObject({ workers: [{ state: 'running', instanceId: lastMark(on), restarts: 1 }] })
  expect(on.machine.processes.size).toBe(2)
})

test('start ends a wait, and the waits begin anew', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  for (const _ of [1, 2, 3]) {
    on.machine.exit(lastMark(on), 1)
    await on.clock.advance(0)
    expect(await supervisor.command(name, { kind: 'start' })).toMatchObject({
      workers: [{ state: 'running' }],
    })
  }
  on.machine.exit(lastMark(on), 1)
  await on.clock.advance(0)
  expect(supervisor.views()[0]?.reason).toContain('next start in 5 s')
})

test('pause ends the process, holds across daemons, refuses a start; resume starts', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  expect(await supervisor.command(name, { kind: 'pause' })).toMatchObject({ workers: [{ state: 'paused' }] })
  expect(await supervisor.command(name, { kind: 'start' })).toEqual({
    kind: 'refused',
    reason: 'Research Jr. is paused; resume it first: jrctl workers resume "Research Jr."',
  })
  await supervisor.stop('stop', silent)

  const next = supervisorIn(on, [worker()])
  await next.start()
  expect(next.views()[0]?.state).toBe('paused')
  expect(on.machine.processes.size).toBe(0)
  expect(await next.command(name, { kind: 'resume' })).toMatchObject({ workers: [{ state: 'running' }] })
  expect(await next.command(name, { kind: 'resume' })).toMatchObject({ kind: 'refused' })
  expect(eventTypes(on)).toEqual(expect.arrayContaining(['worker.paused', 'worker.resumed']))
})

test('a resume that comes while the pause is still stopping wins', async () => {
  const on = world()
  on.machine.programs.set('research', { ignores: ['SIGTERM'] })
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  const pausing = supervisor.command(name, { kind: 'pause' })
  await on.clock.advance(5_000)
  const resuming = supervisor.command(name, { kind: 'resume' })
  await on.clock.advance(6_000)
  expect(await resuming).toMatchObject({ workers: [{ state: 'running' }] })
  expect(supervisor.views()[0]).toMatchObject({ state: 'running', instanceId: lastMark(on) })
  expect(on.machine.spawned).toHaveLength(2)
  await pausing
})

test('scale adds and ends instances, each with a log of its own', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  const grown = await supervisor.command(name, { kind: 'scale', instances: 3 })
  expect(grown.kind === 'done' && grown.workers.map((view) => view.logFile)).toEqual([
    '/logs/research_jr.log',
    '/logs/research_jr.2.log',
    '/logs/research_jr.3.log',
  ])
  expect(on.machine.processes.size).toBe(6)
  await supervisor.command(name, { kind: 'scale', instances: 1 })
  expect(supervisor.views()).toHaveLength(1)
  expect(on.machine.processes.size).toBe(2)
  expect(on.store.workers()).toHaveLength(1)
  expect(await supervisor.command(name, { kind: 'scale', instances: -1 })).toMatchObject({ kind: 'refused' })
})

test('an unknown worker is answered with the known ones', async () => {
  const supervisor = supervisorIn(world(), [worker()])
  expect(await supervisor.command(jrName('Nobody Jr.'), { kind: 'start' })).toEqual({
    kind: 'not_found',
    known: ['Research Jr.'],
  })
})

test('a reload restarts what changed, starts what is new, ends what is gone and leaves the rest alone', async () => {
  const on = world()
  const same = worker({ name: 'Same Jr.', command: ['same'] })
  const gone = worker({ name: 'Gone Jr.', command: ['gone'] })
  const supervisor = supervisorIn(on, [same, worker(), gone])
  await supervisor.start()
  const [sameMark, oldMark] = on.machine.spawned.map((spec) => spec.mark)
  await supervisor.reload([
    { ...same, priority: 1, stopGraceMs: 1 },
    worker({ command: ['research', '--new'] }),
    worker({ name: 'New Jr.', command: ['new'] }),
  ])
  expect(supervisor.views().map((view) => [view.name, view.state])).toEqual([
    ['Same Jr.', 'running'],
    ['Research Jr.', 'running'],
    ['New Jr.', 'running'],
  ])
  const views = new Map(supervisor.views().map((view) => [view.name, view]))
  expect(views.get(jrName('Same Jr.'))).toMatchObject({ instanceId: sameMark, priority: 1 })
  expect(views.get(name)?.instanceId).not.toBe(oldMark)
  expect(on.machine.marked(oldMark ?? '')).toEqual([])
  expect(on.machine.processes.size).toBe(6)
})

test('a subscriber hears of changes until it has had enough', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  let heard = 0
  const unsubscribe = supervisor.subscribe(() => {
    heard += 1
  })
  await supervisor.start()
  expect(heard).toBeGreaterThanOrEqual(2)
  unsubscribe()
  const before = heard
  await supervisor.command(name, { kind: 'stop' })
  expect(heard).toBe(before)
})

test('the view tells the pid of the command itself, its memory, and no heartbeat where there is none', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ department: 'science', priority: 2 })])
  await supervisor.start()
  await on.clock.advance(1_000)
  const main = on.machine.marked(lastMark(on)).find((entry) => entry.kind === 'main')
  expect(supervisor.views()).toMatchObject([
    { pid: main?.pid, rssBytes: 2_000_000, department: 'science', priority: 2, heartbeatAgeMs: null },
  ])
})

test('one instance alone is restarted, stopped and started; the others go on', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ instances: 3 })])
  await supervisor.start()
  const before = supervisor.views().map(({ pid }) => pid)
  await supervisor.command(name, { kind: 'restart', instance: 2 })
  const restarted = supervisor.views().map(({ pid }) => pid)
  expect(restarted.map((pid, index) => pid === before[index])).toEqual([true, false, true])
  await supervisor.command(name, { kind: 'stop', instance: 1 })
  expect(supervisor.views().map(({ state }) => state)).toEqual(['stopped', 'running', 'running'])
  await supervisor.command(name, { kind: 'start', instance: 1 })
  expect(supervisor.views().map(({ state }) => state)).toEqual(['running', 'running', 'running'])
  expect(await supervisor.command(name, { kind: 'stop', instance: 4 })).toEqual({
    kind: 'refused',
    reason: 'Research Jr. has no instance 4; it has 3 (from 1)',
  })
})
