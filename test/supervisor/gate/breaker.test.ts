import { expect, test } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import type { Supervisor } from '../../../src/supervisor/supervisor.ts'
import { eventTypes, lastMark, supervisorIn, type World, worker, world } from '../setup.ts'

const research = jrName('Research Jr.')
const minuteMs = 60_000

function viewsOf(supervisor: Supervisor): WorkerView[] {
  return supervisor.views()
}

function states(supervisor: Supervisor): string[] {
  return viewsOf(supervisor).map(({ state }) => state)
}

/** A crash loop until the breaker opens: 5, 10, 20, 40 s of waits. */
async function crashLoop(on: World, supervisor: Supervisor): Promise<void> {
  on.machine.programs.set('research', { exits: 1 })
  await supervisor.start()
  await on.clock.advance(75_000)
}

test('a crash loop trips after five failures, and says how many, why, when next and how to start sooner', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ department: 'science' })])
  await crashLoop(on, supervisor)
  expect(on.machine.spawned).toHaveLength(5)
  expect(viewsOf(supervisor)[0]).toMatchObject({
    state: 'disabled_by_failure',
    reason:
      '5 failures in 1.3 min, the last: exited with code 1; next probe in 5 min, or now: jrctl workers start "Research Jr."',
    nextStartAt: on.clock.wallMs() + 5 * minuteMs,
  })
  expect(on.givenUp).toEqual([
    {
      name: research,
      department: 'science',
      error: '5 failures in 1.3 min, the last: exited with code 1',
      restarts: 4,
      lastExit: 'exited with code 1',
      lastHealthCheckAt: null,
    },
  ])
  expect(eventTypes(on).slice(-4)).toEqual([
    'breaker.opened',
    'worker.stopping',
    'worker.ended',
    'worker.disabled',
  ])
})

/** How long until the first open breaker lets a probe through. */
function untilProbe(on: World, supervisor: Supervisor): number {
  return (supervisor.breaker().workers[0]?.probeAt ?? 0) - on.clock.wallMs()
}

test('it recovers through one probe, and only a healthy one', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ instances: 3 })])
  await crashLoop(on, supervisor)
  expect(new Set(states(supervisor))).toEqual(new Set(['disabled_by_failure']))
  const before = on.machine.spawned.length
  await on.clock.advance(untilProbe(on, supervisor))
  // The first probe fails, and nobody else tries.
  expect(on.machine.spawned).toHaveLength(before + 1)
  expect(viewsOf(supervisor)[1]?.reason).toContain(
    'and 1 failed probe, the last: exited with code 1; next probe in ',
  )
  on.machine.programs.delete('research')
  expect(untilProbe(on, supervisor)).toBe(10 * minuteMs)
  await on.clock.advance(untilProbe(on, supervisor))
  expect(states(supervisor).filter((state) => state === 'running')).toHaveLength(1)
  expect(viewsOf(supervisor).find(({ state }) => state !== 'running')?.reason).toContain('is probing')
  await on.clock.advance(minuteMs)
  expect(states(supervisor)).toEqual(['running', 'running', 'running'])
  expect(supervisor.breaker().workers).toEqual([])
  expect(eventTypes(on).filter((type) => type.startsWith('breaker.'))).toEqual([
    'breaker.opened',
    'breaker.half_opened',
    'breaker.opened',
    'breaker.half_opened',
    'breaker.closed',
  ])
  expect(on.givenUp).toHaveLength(1)
  expect(on.cameBack).toContainEqual({ name: research, by: 'a probe that held' })
})

test.each(['start', 'restart'] as const)('an operator closes it: %s', async (kind) => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await crashLoop(on, supervisor)
  on.machine.programs.delete('research')
  expect(await supervisor.command(research, { kind })).toMatchObject({ kind: 'done' })
  expect(states(supervisor)).toEqual(['running'])
  expect(supervisor.breaker().workers).toEqual([])
  on.machine.exit(lastMark(on), 1)
  await on.clock.advance(0)
  expect(viewsOf(supervisor)[0]?.reason).toContain('next start in 5 s')
})

test('stopped and paused by an operator, an open breaker lets no probe through', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await crashLoop(on, supervisor)
  await supervisor.command(research, { kind: 'pause' })
  expect(states(supervisor)).toEqual(['paused'])
  await on.clock.advance(60 * minuteMs)
  expect(on.machine.spawned).toHaveLength(5)
  on.machine.programs.delete('research')
  await supervisor.command(research, { kind: 'resume' })
  expect(states(supervisor)).toEqual(['running'])
})

test('a probe that an operator stops tells nothing: the next start of another instance is a probe again', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await crashLoop(on, supervisor)
  on.machine.programs.delete('research')
  await on.clock.advance(5 * minuteMs)
  expect(states(supervisor)).toEqual(['running'])
  await supervisor.command(research, { kind: 'stop' })
  expect(supervisor.breaker().workers).toMatchObject([{ name: research, state: 'open' }])
})

test('a clean end is no failure, unless it comes before the worker was up', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()], { backoffInitialMs: 1_000, backoffMaxMs: 1_000 })
  await supervisor.start()
  for (let end = 0; end < 10; end++) {
    await on.clock.advance(2_000)
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(1_000)
  }
  expect(states(supervisor)).toEqual(['running'])
  on.machine.programs.set('research', { exits: 0 })
  on.machine.exit(lastMark(on), 0)
  await on.clock.advance(10_000)
  expect(states(supervisor)).toEqual(['disabled_by_failure'])
})

test('breaker, waits and counts survive the daemon; nobody who sets the wall clock trips or frees them', async () => {
  const on = world()
  on.machine.programs.set('research', { exits: 1 })
  await supervisorIn(on, [worker()]).start()
  await on.clock.advance(16_000)
  expect(on.machine.spawned).toHaveLength(3)
  on.machine.daemonDies()
  on.clock.jumpWall(-3_600_000)
  const second = supervisorIn(on, [worker()])
  await second.start()
  await on.clock.advance(0)
  expect(viewsOf(second)[0]).toMatchObject({ state: 'backoff', restarts: 2 })
  expect(viewsOf(second)[0]?.reason).toContain('next start in 40 s')
  await on.clock.advance(40_000)
  expect(states(second)).toEqual(['disabled_by_failure'])

  await on.clock.advance(minuteMs)
  on.machine.daemonDies()
  on.clock.jumpWall(7_200_000)
  const third = supervisorIn(on, [worker()])
  await third.start()
  expect(viewsOf(third)[0]?.reason).toContain('next probe in 4 min')
  const spawns = on.machine.spawned.length
  await on.clock.advance(4 * minuteMs - 1)
  expect(on.machine.spawned).toHaveLength(spawns)
  await on.clock.advance(1)
  expect(on.machine.spawned).toHaveLength(spawns + 1)
})

test('restarts and last exit outlive any number of daemons in which nothing was started', async () => {
  const on = world()
  await crashLoop(on, supervisorIn(on, [worker()]))
  for (const _ of [1, 2, 3]) {
    on.machine.daemonDies()
    const next = supervisorIn(on, [worker()])
    await next.start()
    expect(viewsOf(next)[0]).toMatchObject({
      state: 'disabled_by_failure',
      restarts: 4,
      lastExit: 'exited with code 1',
    })
  }
  expect(on.store.workers()).toHaveLength(1)
})

test('a probe that outlives its daemon goes on as the probe', async () => {
  const on = world()
  const first = supervisorIn(on, [worker({ instances: 2 })])
  await crashLoop(on, first)
  on.machine.programs.delete('research')
  await on.clock.advance(untilProbe(on, first) + minuteMs / 2)
  expect(states(first).sort()).toEqual(['disabled_by_failure', 'running'])
  on.machine.daemonDies()
  on.clock.jumpWall(7_200_000)
  const second = supervisorIn(on, [worker({ instances: 2 })])
  await second.start()
  await on.clock.advance(minuteMs / 2 - 1)
  expect(states(second).sort()).toEqual(['disabled_by_failure', 'running'])
  await on.clock.advance(1)
  expect(states(second)).toEqual(['running', 'running'])
})

test('a new definition starts afresh, at a reload and at a restart', async () => {
  const on = world()
  const first = supervisorIn(on, [worker()])
  await crashLoop(on, first)
  await first.reload([worker({ command: ['mended'] })])
  await on.clock.advance(0)
  expect(states(first)).toEqual(['running'])
  expect(on.cameBack).toContainEqual({ name: research, by: 'its new definition' })
})

test('too many restarts of all workers together: nobody is restarted until one probe holds', async () => {
  const on = world()
  const many = Array.from({ length: 10 }, (_, index) => worker({ name: `Jr ${index}`, instances: 2 }))
  const supervisor = supervisorIn(on, many, { breakerFailures: 0, fleetRestarts: 20 })
  await supervisor.start()
  for (const { mark } of on.machine.spawned.slice(0, 20)) on.machine.exit(mark, 1)
  await on.clock.advance(5_000)
  expect(on.machine.spawned).toHaveLength(40)
  expect(supervisor.breaker()).toMatchObject({ state: 'open', count: 20, limit: 20 })
  for (const { mark } of on.machine.spawned.slice(20, 25)) on.machine.exit(mark, 1)
  await on.clock.advance(60_000)
  expect(on.machine.spawned).toHaveLength(40)
  expect(states(supervisor).filter((state) => state === 'disabled_by_failure')).toHaveLength(5)
  expect(viewsOf(supervisor).find(({ state }) => state === 'disabled_by_failure')?.reason).toMatch(
    /^exited with code 1; all restarts are held back \(20 restarts in .*, the last: Jr \d: exited with code 1\) until a probe holds; /,
  )
  // What an operator wants is no restart.
  const name = viewsOf(supervisor).find(({ state }) => state === 'disabled_by_failure')?.name ?? research
  await supervisor.command(name, { kind: 'start' })
  expect(viewsOf(supervisor).filter((view) => view.name === name && view.state === 'running')).toHaveLength(2)
  await on.clock.advance(240_000)
  expect(supervisor.breaker()).toMatchObject({ state: 'half_open' })
  expect(states(supervisor).filter((state) => state === 'disabled_by_failure').length).toBeGreaterThan(0)
  await on.clock.advance(60_000)
  expect(supervisor.breaker().state).toBe('closed')
  expect(new Set(states(supervisor))).toEqual(new Set(['running']))
})

test('a worker that is restarted never is given up at its first failure', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ restart: 'never' })])
  await supervisor.start()
  on.machine.exit(lastMark(on), 3)
  await on.clock.advance(0)
  expect(on.givenUp).toMatchObject([{ name: research, error: 'exited with code 3; restart = "never"' }])
})

test('the memory guard takes a worker out and lets it back', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker({ instances: 2 })])
  await supervisor.start()
  const shedding = supervisor.shed(research, 'the fleet uses 91 % of its memory')
  await on.clock.advance(0)
  await shedding
  expect(viewsOf(supervisor)).toMatchObject([
    { state: 'disabled_by_memory', reason: 'the fleet uses 91 % of its memory', pid: null, restarts: 0 },
    { state: 'disabled_by_memory' },
  ])
  expect(on.machine.processes.size).toBe(0)
  await on.clock.advance(60 * minuteMs)
  expect(on.machine.spawned).toHaveLength(2)
  await supervisor.letBack(research)
  await on.clock.advance(0)
  expect(states(supervisor)).toEqual(['running', 'running'])
})

test('an operator may start what the memory guard took out; what was stopped before is not taken out', async () => {
  const on = world()
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  await supervisor.shed(research, 'memory')
  await supervisor.command(research, { kind: 'start' })
  expect(states(supervisor)).toEqual(['running'])
  await supervisor.command(research, { kind: 'stop' })
  await supervisor.shed(research, 'memory')
  expect(states(supervisor)).toEqual(['stopped'])
  await supervisor.letBack(research)
  expect(states(supervisor)).toEqual(['stopped'])
})

test('without a wait the next process starts at once, while what the last one left is still being ended', async () => {
  const on = world()
  on.machine.programs.set('research', { strays: 1, ignores: ['SIGTERM'] })
  const supervisor = supervisorIn(on, [worker()], { backoffInitialMs: 0 })
  await supervisor.start()
  const first = lastMark(on)
  on.machine.exit(first, 1)
  await on.clock.advance(0)
  expect(states(supervisor)).toEqual(['running'])
  expect(on.machine.marked(first)).toHaveLength(1)
  expect(on.deaths).toEqual([])
  expect(on.store.workers()).toHaveLength(2)
  await on.clock.advance(410)
  expect(on.machine.marked(first)).toEqual([])
  expect(on.deaths).toEqual([{ instanceId: first, name: research, cause: 'exited with code 1' }])
  expect(on.store.workers().map(({ instanceId }) => instanceId)).toEqual([lastMark(on)])
  // The second one waits a second: a program that goes on ending may not spin.
  on.machine.exit(lastMark(on), 1)
  await on.clock.advance(500)
  expect(viewsOf(supervisor)[0]).toMatchObject({ state: 'backoff', restarts: 1 })
  expect(viewsOf(supervisor)[0]?.reason).toMatch(/next start in 0\.\d s/)
})

test('without a wait too, a command whose shim was killed is gone before the next one starts', async () => {
  const on = world()
  on.machine.programs.set('research', { ignores: ['SIGTERM'] })
  const supervisor = supervisorIn(on, [worker()], { backoffInitialMs: 0 })
  await supervisor.start()
  const first = lastMark(on)
  on.machine.kill(viewsOf(supervisor)[0]?.pid ?? 0)
  await on.clock.advance(399)
  expect(on.machine.marked(first)).toMatchObject([{ kind: 'main' }])
  expect(on.machine.spawned).toHaveLength(1)
  await on.clock.advance(10)
  expect(on.machine.marked(first)).toEqual([])
  expect(states(supervisor)).toEqual(['running'])
})

test('a daemon that dies in the middle of that leaves nothing behind either', async () => {
  const on = world()
  on.machine.programs.set('research', { strays: 1, ignores: ['SIGTERM'] })
  await supervisorIn(on, [worker()], { backoffInitialMs: 0 }).start()
  const first = lastMark(on)
  on.machine.exit(first, 1)
  await on.clock.advance(0)
  const living = lastMark(on)
  on.machine.daemonDies()
  const next = supervisorIn(on, [worker()], { backoffInitialMs: 0 })
  await next.start()
  await on.clock.advance(1_000)
  expect(on.machine.marked(first)).toEqual([])
  expect(on.deaths.map(({ instanceId }) => instanceId)).toEqual([first])
  expect(viewsOf(next)).toMatchObject([{ instanceId: living, state: 'running', adopted: true }])
})
