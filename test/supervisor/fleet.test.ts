import { describe, expect, test } from 'vitest'
import { jrName } from '../../src/domain/ids.ts'
import { lastMark, worker } from './setup.ts'
import { begun, deadOnes, fleetIn, hour, runWorld, scheduled } from './runs/setup.ts'

const database = worker({ name: 'Database Jr.', command: ['database'] })
const mail = worker({ name: 'Mail Jr.', command: ['mail'] })
const report = scheduled({ dependsOn: ['Database Jr.'] })
const name = jrName('Report Jr.')

describe('a fleet', () => {
  test('shows all workers in the order of the configuration, and takes commands for all', async () => {
    const on = runWorld()
    const fleet = fleetIn(on, [mail, report, database])
    await fleet.start()
    expect(fleet.views().map(({ name: who, state }) => [who, state])).toEqual([
      ['Mail Jr.', 'running'],
      ['Report Jr.', 'stopped'],
      ['Database Jr.', 'running'],
    ])
    expect(fleet.configured()).toEqual(['Mail Jr.', 'Report Jr.', 'Database Jr.'])
    expect(await fleet.command(name, { kind: 'start' })).toMatchObject({ workers: [{ state: 'running' }] })
    expect(await fleet.command(jrName('Mail Jr.'), { kind: 'stop' })).toMatchObject({
      workers: [{ state: 'stopped' }],
    })
    expect(await fleet.command(jrName('Nobody'), { kind: 'start' })).toEqual({
      kind: 'not_found',
      known: ['Mail Jr.', 'Report Jr.', 'Database Jr.'],
    })
    expect(fleet.runFigures()).toMatchObject({ running: 1, begun: 1 })
  })

  test('runs nobody whose dependency is unhealthy, whichever kind that is', async () => {
    const on = runWorld()
    on.machine.programs.set('database', { missing: true })
    const fleet = fleetIn(on, [database, report, scheduled({ name: 'After Jr.', dependsOn: ['Report Jr.'] })])
    await fleet.start()
    expect(await fleet.command(name, { kind: 'start' })).toEqual({
      kind: 'refused',
      reason: 'Report Jr. depends on Database Jr. (missing)',
    })
    await on.clock.advance(hour)
    expect(begun(on).filter((who) => who === 'Report Jr.')).toEqual([])
    // One that was skipped has not failed: who depends on it may run.
    expect(begun(on)).toContain('After Jr.')
  })

  test('lets nobody who is kept running wait for one that is run at times', async () => {
    const on = runWorld()
    const fleet = fleetIn(on, [scheduled(), { ...mail, dependsOn: ['Report Jr.'] }])
    await fleet.start()
    expect(begun(on)).toEqual(['Mail Jr.'])
  })

  test('replays a dead run in its turn, behind the one that is on', async () => {
    const on = runWorld()
    const fleet = fleetIn(on, [scheduled({ schedule: { retries: 0 } })])
    await fleet.start()
    await on.clock.advance(hour)
    on.machine.exit(lastMark(on), 1)
    await on.clock.advance(hour)
    expect(deadOnes(on)).toHaveLength(1)
    expect(fleet.runNow(name, 'cli:ann')).toBeNull()
    expect(on.machine.spawned).toHaveLength(2)
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(0)
    expect(on.machine.spawned).toHaveLength(3)
    expect(fleet.views()[0]?.reason).toBe('asked for by cli:ann')
  })

  test('whose worker gets a schedule, or loses it, ends the one and begins the other', async () => {
    const on = runWorld()
    const fleet = fleetIn(on, [worker({ name: 'Report Jr.', command: ['report'] })])
    await fleet.start()
    await fleet.reload([scheduled()])
    expect(on.machine.processes.size).toBe(0)
    expect(fleet.views()).toMatchObject([{ state: 'stopped', schedule: { cron: '0 * * * *' } }])
    await on.clock.advance(hour)
    expect(fleet.views()).toMatchObject([{ state: 'running' }])
    await fleet.reload([worker({ name: 'Report Jr.', command: ['report'] })])
    await on.clock.advance(0)
    expect(fleet.views().map(({ state, schedule }) => [state, schedule])).toEqual([['running', undefined]])
    expect(on.machine.processes.size).toBe(2)
  })
})

describe('the end of a fleet', () => {
  test('leaves those whom a run needs be until it has ended', async () => {
    const on = runWorld()
    const fleet = fleetIn(on, [database, report])
    await fleet.start()
    await on.clock.advance(hour)
    const waitedFor: string[][] = []
    const stopping = fleet.stop(
      'stop',
      (views) => void waitedFor.push(views.map((view) => view.name)),
      30_000,
    )
    await on.clock.advance(10_000)
    expect(on.machine.signals).toEqual([])
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(100)
    expect(on.machine.processes.size).toBe(0)
    expect(await stopping).toEqual({ endedThemselves: ['Database Jr.', 'Report Jr.'], forced: [], left: [] })
    expect(waitedFor[0]).toEqual(['Report Jr.'])
  })

  test('hurried kills both kinds, wherever it was', async () => {
    const on = runWorld()
    on.machine.programs.set('database', { ignores: ['SIGTERM'] })
    const fleet = fleetIn(on, [database, report])
    await fleet.start()
    await on.clock.advance(hour)
    const stopping = fleet.stop('stop', () => {}, 30_000)
    await on.clock.advance(1_000)
    void fleet.stop('stop', () => {})
    await on.clock.advance(200)
    expect(on.machine.processes.size).toBe(0)
    expect((await stopping).forced).toContain('Report Jr.')
    expect(on.clock.pending).toBe(0)
  })

  test('that leaves its workers leaves runs too, and closed schedules begin nothing', async () => {
    const on = runWorld()
    const fleet = fleetIn(on, [database, report])
    await fleet.start()
    await on.clock.advance(hour)
    fleet.closeSchedules()
    expect(await fleet.command(name, { kind: 'start' })).toMatchObject({ kind: 'refused' })
    expect((await fleet.stop('leave', () => {})).left.toSorted()).toEqual(['Database Jr.', 'Report Jr.'])
    expect(on.machine.processes.size).toBe(4)
    const next = fleetIn(on, [database, report])
    await next.start()
    expect(next.views()).toMatchObject([
      { state: 'running', adopted: true },
      { state: 'running', adopted: true },
    ])
    expect(on.machine.processes.size).toBe(4)
  })
})
