import { describe, expect, test } from 'vitest'
import { instanceId, jrName } from '../../../src/domain/ids.ts'
import type { ReadyCheck, WorkerDefinition } from '../../../src/config/policy.ts'
import type { Supervisor } from '../../../src/supervisor/supervisor.ts'
import { type World, eventTypes, lastMark, supervisorIn, worker, world } from '../setup.ts'

const silent = (): void => {}
const port = { kind: 'port', host: '127.0.0.1', port: 8080, everyMs: 1_000 } as const
const never = { kind: 'log', pattern: 'never' } as const

/** A worker whose program is called like it. */
const jr = (name: string, more: Partial<WorkerDefinition> = {}): WorkerDefinition =>
  worker({ name, command: [name], ...more })

const programs = (on: World): string[] => on.machine.spawned.map((spec) => spec.command[0])
const view = (supervisor: Supervisor, name: string) => supervisor.views().find((one) => one.name === name)
const messages = (on: World): string[] => on.logger.lines.map(({ message }) => message)

describe('dependencies', () => {
  test('a worker starts once the one it needs is ready, and says meanwhile what it waits for', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B', { ready: port })])
    await supervisor.start()
    await on.clock.advance(5_000)
    expect(programs(on)).toEqual(['B'])
    const waitsFor = 'waits for B to be ready: port 8080: connection refused'
    expect(view(supervisor, 'A')).toMatchObject({
      state: 'stopped',
      reason: waitsFor,
      waitsFor,
      ready: false,
      layer: 2,
    })
    expect(view(supervisor, 'B')).toMatchObject({
      state: 'running',
      ready: false,
      reason: 'not ready: port 8080: connection refused',
      layer: 1,
    })
    on.probe.open.add('127.0.0.1:8080')
    await on.clock.advance(2_500)
    expect(programs(on)).toEqual(['B', 'A'])
    expect(view(supervisor, 'A')).toMatchObject({ state: 'running', waitsFor: null })
    expect(view(supervisor, 'B')).toMatchObject({
      ready: true,
      reason: 'running',
      readySince: expect.any(Number),
    })
    expect(eventTypes(on)).toContain('worker.ready')
  })

  test('by default ready is who has been alive for a second', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B')])
    await supervisor.start()
    await on.clock.advance(999)
    expect(programs(on)).toEqual(['B'])
    expect(view(supervisor, 'A')?.waitsFor).toBe('waits for B to be ready: up for less than 1 s')
    await on.clock.advance(1)
    expect(programs(on)).toEqual(['B', 'A'])
  })

  test('a fleet without dependencies starts at once and sets no timer of its own', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [jr('A'), jr('B'), jr('C')])
    await supervisor.start()
    expect(programs(on)).toEqual(['A', 'B', 'C'])
    // Of each worker the moment from which on it counts as healthy, and the next look at memory and CPU.
    expect(on.clock.pending).toBe(4)
    await supervisor.stop('leave', silent)
  })

  test('the first heartbeat is looked for every second, one of an earlier life does not count', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [
      jr('A', { dependsOn: ['B'] }),
      jr('B', { ready: { kind: 'heartbeat' } }),
    ])
    await supervisor.start()
    await on.clock.advance(3_000)
    expect(on.looks).toBe(3)
    supervisor.heartbeats([{ instanceId: null, name: jrName('B'), ageMs: 3_500 }])
    await on.clock.advance(0)
    expect(view(supervisor, 'A')?.waitsFor).toBe('waits for B to be ready: no heartbeat yet')
    supervisor.heartbeats([{ instanceId: instanceId(lastMark(on)), name: jrName('B'), ageMs: 100 }])
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['B', 'A'])
    await on.clock.advance(60_000)
    expect(on.looks).toBe(3)
  })

  test('a line of the log counts from the start of this process on', async () => {
    const on = world()
    on.probe.write('/logs/b.log', 'listening')
    const ready = { kind: 'log', pattern: 'listening' } as const
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B', { ready })])
    await supervisor.start()
    await on.clock.advance(1_000)
    expect(view(supervisor, 'A')?.waitsFor).toBe(
      'waits for B to be ready: its log does not show /listening/ yet',
    )
    on.probe.write('/logs/b.log', 'listening')
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['B', 'A'])
  })

  test('a command is run until it ends with 0, with nothing left of any try', async () => {
    const on = world()
    on.machine.programs.set('check', { exits: 2, strays: 1 })
    const ready: ReadyCheck = { kind: 'command', command: ['check', '-q'], everyMs: 1_000 }
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B', { ready })])
    await supervisor.start()
    await on.clock.advance(1_000)
    expect(view(supervisor, 'A')?.waitsFor).toBe(
      'waits for B to be ready: its check `check` exited with code 2',
    )
    on.machine.programs.set('check', { exits: 0 })
    await on.clock.advance(2_000)
    expect(programs(on).filter((name) => name !== 'check')).toEqual(['B', 'A'])
    expect(programs(on).filter((name) => name === 'check').length).toBeGreaterThan(2)
    // Two workers, each with its shim.
    expect(on.machine.processes.size).toBe(4)
    expect(on.machine.exitFiles.size).toBe(0)
  })

  test('a command that hangs is killed after its deadline, and never runs twice at once', async () => {
    const on = world()
    on.machine.programs.set('check', { ignores: ['SIGTERM'], strays: 2 })
    const ready: ReadyCheck = { kind: 'command', command: ['check'], everyMs: 100 }
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B', { ready })])
    await supervisor.start()
    await on.clock.advance(9_900)
    expect(programs(on)).toEqual(['B', 'check'])
    await on.clock.advance(1_000)
    expect(programs(on)).toEqual(['B', 'check', 'check'])
    expect(view(supervisor, 'A')?.waitsFor).toContain('its check `check` did not end within 10 s')
    const stopping = supervisor.stop('stop', silent)
    await on.clock.advance(1_000)
    await stopping
    expect(on.machine.processes.size).toBe(0)
    expect(on.clock.pending).toBe(0)
  })

  test('one that is done counts as ready, for nobody will start it again', async () => {
    const on = world()
    on.machine.programs.set('Setup', { exits: 0 })
    const supervisor = supervisorIn(on, [
      jr('A', { dependsOn: ['Setup'] }),
      jr('Setup', { restart: 'on-failure' }),
    ])
    await supervisor.start()
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['Setup', 'A'])
  })

  test('any instance will do', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [
      jr('A', { dependsOn: ['B'] }),
      jr('B', { instances: 3, ready: { kind: 'heartbeat' } }),
    ])
    await supervisor.start()
    await on.clock.advance(500)
    supervisor.heartbeats([{ instanceId: instanceId(lastMark(on)), name: jrName('B'), ageMs: 100 }])
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['B', 'B', 'B', 'A'])
  })

  test.each([
    [{ instances: 0 }, 'it has no instances'],
    [
      { command: ['none'] as [string] },
      'it is missing: no such program: none, looked in PATH; next start in 5 s',
    ],
  ])('one that will not come is named with the reason: %j', async (more, why) => {
    const on = world()
    on.machine.programs.set('none', { missing: true })
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B', more)])
    await supervisor.start()
    await on.clock.advance(0)
    expect(view(supervisor, 'A')?.waitsFor).toBe(`waits for B to be ready: ${why}`)
  })

  test('an operator need not wait, and may stop who waits', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [
      jr('A', { dependsOn: ['C'] }),
      jr('B', { dependsOn: ['C'] }),
      jr('C', { ready: never }),
    ])
    await supervisor.start()
    expect(await supervisor.command(jrName('A'), { kind: 'start' })).toMatchObject({
      workers: [{ state: 'running', waitsFor: null }],
    })
    expect(messages(on)).toContainEqual(
      expect.stringContaining('A is started by an operator although it waits for C'),
    )
    await supervisor.command(jrName('B'), { kind: 'stop' })
    on.probe.write('/logs/c.log', 'never')
    await on.clock.advance(1_000)
    expect(programs(on)).toEqual(['C', 'A'])
    expect(view(supervisor, 'B')).toMatchObject({ state: 'stopped', waitsFor: null })
  })
})

describe('layers', () => {
  test('each waits for the one below, and who is late is told every 10 s', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [
      jr('Top', { layer: 3 }),
      jr('Middle', { layer: 2 }),
      jr('Low', { ready: port }),
      jr('Quick'),
    ])
    await supervisor.start()
    await on.clock.advance(25_000)
    expect(programs(on)).toEqual(['Low', 'Quick'])
    expect(view(supervisor, 'Top')?.waitsFor).toBe(
      'waits for layer 1 to be ready: Low (port 8080: connection refused)',
    )
    expect(messages(on).filter((line) => line.startsWith('Layer 1 is not ready after'))).toEqual([
      'Layer 1 is not ready after 10 s: Low (port 8080: connection refused)',
      'Layer 1 is not ready after 20 s: Low (port 8080: connection refused)',
    ])
    on.probe.open.add('127.0.0.1:8080')
    await on.clock.advance(1_000)
    expect(programs(on)).toEqual(['Low', 'Quick', 'Middle'])
    await on.clock.advance(1_000)
    expect(programs(on)).toEqual(['Low', 'Quick', 'Middle', 'Top'])
  })

  test('a layer that is not ready in its time holds up only who depends on it', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [
      jr('Needs', { dependsOn: ['Late'] }),
      jr('Free', { layer: 2 }),
      jr('Late', { ready: never, readyTimeoutMs: 30_000 }),
    ])
    await supervisor.start()
    await on.clock.advance(29_999)
    expect(programs(on)).toEqual(['Late'])
    await on.clock.advance(1)
    expect(programs(on)).toEqual(['Late', 'Free'])
    expect(eventTypes(on)).toContain('worker.waiting')
    expect(messages(on)).toContain(
      'Layer 1 is not ready after 30 s, layer 2 starts without Late (its log does not show /never/ yet)',
    )
    expect(view(supervisor, 'Needs')).toMatchObject({
      state: 'stopped',
      waitsFor: expect.stringContaining('Late'),
    })
    on.probe.write('/logs/late.log', 'never')
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['Late', 'Free', 'Needs'])
  })

  test('nobody waits for who cannot come: no such program, paused, without instances', async () => {
    const on = world()
    on.machine.programs.set('gone', { missing: true })
    on.store.put('supervisor.paused', ['Paused'])
    const supervisor = supervisorIn(on, [
      jr('Gone', { command: ['gone'] }),
      jr('Paused'),
      jr('None', { instances: 0 }),
      jr('Free', { layer: 2 }),
    ])
    await supervisor.start()
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['Free'])
  })

  test('nor for who waits for one of those, wherever it stands in the file', async () => {
    const on = world()
    on.machine.programs.set('gone', { missing: true })
    const supervisor = supervisorIn(on, [
      jr('Free', { layer: 2 }),
      jr('Needs', { dependsOn: ['Gone'], layer: 1 }),
      jr('Gone', { command: ['gone'], layer: 1 }),
    ])
    await supervisor.start()
    await on.clock.advance(0)
    expect(programs(on)).toEqual(['Free'])
  })

  test('a late layer above which nobody is to start is waited for quietly', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [
      jr('Late', { ready: never }),
      jr('None', { layer: 2, instances: 0 }),
    ])
    await supervisor.start()
    // A timer that feeds itself would run a hundred thousand times in this.
    await on.clock.advance(120_000)
    expect(messages(on).filter((line) => line.startsWith('Layer 1'))).toHaveLength(1)
  })

  test('a start that hangs holds up neither the daemon nor the others of its layer', async () => {
    const on = world()
    on.machine.programs.set('Hangs', { hangs: true })
    const supervisor = supervisorIn(on, [
      jr('Hangs', { readyTimeoutMs: 8_000 }),
      jr('Fine'),
      jr('Next', { layer: 2 }),
    ])
    let isStarted = false
    const started = supervisor.start().then(() => {
      isStarted = true
    })
    await on.clock.advance(5_000)
    expect(isStarted).toBe(true)
    expect(programs(on)).toEqual(['Hangs', 'Fine'])
    await on.clock.advance(3_000)
    expect(programs(on)).toEqual(['Hangs', 'Fine', 'Next'])
    await started
  })
})

describe('a dependency that falls later', () => {
  const fleet = [jr('A', { dependsOn: ['B'] }), jr('B', { ready: port, readyTimeoutMs: 20_000 })]

  async function bothUp(): Promise<{ on: World; supervisor: Supervisor; marks: string[] }> {
    const on = world()
    on.probe.open.add('127.0.0.1:8080')
    const supervisor = supervisorIn(on, fleet)
    await supervisor.start()
    await on.clock.advance(1_000)
    expect(programs(on)).toEqual(['B', 'A'])
    on.probe.open.clear()
    return { on, supervisor, marks: on.machine.spawned.map(({ mark }) => mark) }
  }

  test('leaves its dependents at work, and is restarted', async () => {
    const { on, supervisor, marks } = await bothUp()
    on.machine.exit(marks[0] ?? '', 1)
    await on.clock.advance(30_000)
    expect(view(supervisor, 'A')).toMatchObject({ state: 'running', instanceId: marks[1] })
    expect(programs(on)).toEqual(['B', 'A', 'B'])
  })

  test('is waited for by a dependent that starts anew', async () => {
    const { on, supervisor, marks } = await bothUp()
    for (const mark of marks) on.machine.exit(mark, 1)
    await on.clock.advance(10_000)
    expect(programs(on)).toEqual(['B', 'A', 'B'])
    expect(view(supervisor, 'A')).toMatchObject({
      state: 'stopped',
      reason: 'waits for B to be ready: port 8080: connection refused',
    })
    on.probe.open.add('127.0.0.1:8080')
    await on.clock.advance(1_100)
    expect(programs(on)).toEqual(['B', 'A', 'B', 'A'])
  })

  test('is not waited for for ever', async () => {
    const { on, marks } = await bothUp()
    for (const mark of marks) on.machine.exit(mark, 1)
    await on.clock.advance(19_000)
    expect(programs(on)).toEqual(['B', 'A', 'B'])
    await on.clock.advance(2_000)
    expect(programs(on)).toEqual(['B', 'A', 'B', 'A'])
    expect(messages(on)).toContain(
      'A starts again without waiting longer: it waits for B to be ready: port 8080: connection refused',
    )
  })

  test('that is well holds nobody back', async () => {
    const { on, marks } = await bothUp()
    on.machine.exit(marks[1] ?? '', 1)
    await on.clock.advance(5_000)
    expect(programs(on)).toEqual(['B', 'A', 'A'])
  })
})

describe('the next daemon', () => {
  test('knows who was ready, and need not wait again', async () => {
    const on = world()
    const fleet = [jr('A', { dependsOn: ['B'] }), jr('B', { ready: { kind: 'log', pattern: 'up' } })]
    const first = supervisorIn(on, fleet)
    await first.start()
    on.probe.write('/logs/b.log', 'up')
    await on.clock.advance(1_000)
    on.machine.daemonDies()
    on.machine.exit(on.machine.spawned[1]?.mark ?? '', 1)
    on.probe.followed.length = 0
    const next = supervisorIn(on, fleet)
    await next.start()
    await on.clock.advance(0)
    expect(view(next, 'B')).toMatchObject({ adopted: true, ready: true })
    expect(on.probe.followed).toEqual([])
    await on.clock.advance(5_000)
    expect(programs(on)).toEqual(['B', 'A', 'A'])
  })

  test('looks at the end of the log of one that was not ready, however long that is', async () => {
    const on = world()
    const fleet = [jr('B', { ready: { kind: 'log', pattern: '^up$' } })]
    await supervisorIn(on, fleet).start()
    on.probe.write('/logs/b.log', 'x'.repeat(3 * 1024 * 1024))
    on.machine.daemonDies()
    on.probe.write('/logs/b.log', 'up')
    const next = supervisorIn(on, fleet)
    await next.start()
    await on.clock.advance(0)
    expect(view(next, 'B')).toMatchObject({ adopted: true, ready: true })
    expect(on.probe.followed.at(-1)?.fromOffset).toBe(2 * 1024 * 1024 + 4)
  })

  test('ends the check that the earlier one was in the middle of', async () => {
    const on = world()
    on.machine.programs.set('check', { strays: 1 })
    const fleet = [jr('B', { ready: { kind: 'command', command: ['check'], everyMs: 1_000 } })]
    await supervisorIn(on, fleet).start()
    await on.clock.advance(100)
    const cutOff = on.machine.spawned.at(-1)?.mark ?? ''
    expect(on.machine.marked(cutOff)).toHaveLength(3)
    on.machine.daemonDies()
    on.machine.programs.set('check', { exits: 0 })
    const next = supervisorIn(on, fleet)
    await next.start()
    await on.clock.advance(1_000)
    expect(on.machine.marked(cutOff)).toEqual([])
    expect(view(next, 'B')).toMatchObject({ adopted: true, ready: true })
  })

  test('probes those that were not ready yet', async () => {
    const on = world()
    const fleet = [jr('A', { dependsOn: ['B'] }), jr('B', { ready: port })]
    await supervisorIn(on, fleet).start()
    on.machine.daemonDies()
    const next = supervisorIn(on, fleet)
    await next.start()
    expect(view(next, 'B')).toMatchObject({ adopted: true, ready: false })
    on.probe.open.add('127.0.0.1:8080')
    await on.clock.advance(1_000)
    expect(programs(on)).toEqual(['B', 'A'])
  })
})

describe('a stop', () => {
  const fleet = [jr('A', { dependsOn: ['B'] }), jr('B', { dependsOn: ['C'] }), jr('C'), jr('Other')]

  async function running(): Promise<{ on: World; supervisor: Supervisor }> {
    const on = world()
    for (const name of ['A', 'B', 'C', 'Other']) on.machine.programs.set(name, { ignores: ['SIGTERM'] })
    const supervisor = supervisorIn(on, fleet)
    await supervisor.start()
    await on.clock.advance(3_000)
    expect(programs(on)).toEqual(['C', 'Other', 'B', 'A'])
    return { on, supervisor }
  }
  const markOf = (on: World, name: string): string =>
    on.machine.spawned.find((spec) => spec.command[0] === name)?.mark ?? ''
  const asked = (on: World): string[] => [
    ...new Set(
      on.machine.signals.map(
        ({ mark }) => on.machine.spawned.find((spec) => spec.mark === mark)?.command[0] ?? '',
      ),
    ),
  ]

  test('asks whoever is needed only when those who need it are gone', async () => {
    const { on, supervisor } = await running()
    const stopping = supervisor.stop('stop', silent, 30_000)
    await on.clock.advance(1_000)
    expect(asked(on)).toEqual(['A', 'Other'])
    on.machine.exit(markOf(on, 'A'), 0)
    await on.clock.advance(1_000)
    expect(asked(on)).toEqual(['A', 'Other', 'B'])
    for (const name of ['B', 'C', 'Other']) {
      on.machine.exit(markOf(on, name), 0)
      await on.clock.advance(100)
    }
    expect(await stopping).toEqual({ endedThemselves: ['A', 'B', 'C', 'Other'], forced: [], left: [] })
    expect(on.clock.pending).toBe(0)
  })

  test('takes no longer for that: when the time for running work is over, all are asked', async () => {
    const { on, supervisor } = await running()
    const stopping = supervisor.stop('stop', silent, 30_000)
    await on.clock.advance(30_000)
    expect(asked(on)).toEqual(['A', 'Other', 'B', 'C'])
    await on.clock.advance(10_100)
    expect((await stopping).forced).toHaveLength(4)
    expect(on.machine.processes.size).toBe(0)
    expect(on.clock.pending).toBe(0)
  })

  test('a second wish to stop ends everybody at once', async () => {
    const { on, supervisor } = await running()
    const stopping = supervisor.stop('stop', silent, 30_000)
    await on.clock.advance(1_000)
    void supervisor.stop('stop', silent)
    await on.clock.advance(200)
    expect((await stopping).forced).toHaveLength(4)
    expect(on.machine.processes.size).toBe(0)
  })

  test('ends a boot that is still under way', async () => {
    const on = world()
    const supervisor = supervisorIn(on, [jr('A', { dependsOn: ['B'] }), jr('B', { ready: port })])
    await supervisor.start()
    await on.clock.advance(500)
    await supervisor.stop('stop', silent)
    on.probe.open.add('127.0.0.1:8080')
    await on.clock.advance(60_000)
    expect(programs(on)).toEqual(['B'])
    expect(on.clock.pending).toBe(0)
  })
})
