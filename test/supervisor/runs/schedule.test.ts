import { describe, expect, test } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import { eventTypes, lastMark } from '../setup.ts'
import { begin, begun, dueMinutes, hour, minute, only, runWorld, runsIn, scheduled } from './setup.ts'

const name = jrName('Report Jr.')

describe('a scheduled worker', () => {
  test('rests until its time, runs once, and rests again with how it went', async () => {
    const on = runWorld()
    const runs = runsIn(on, [scheduled({ department: 'finance', priority: 2 })])
    await runs.start()
    expect(only(runs)).toMatchObject({
      state: 'stopped',
      nextStartAt: begin + hour,
      department: 'finance',
      schedule: { cron: '0 * * * *', timezone: 'UTC', waiting: 0, lastRun: null },
    })
    await on.clock.advance(hour - 1)
    expect(on.machine.spawned).toHaveLength(0)
    await on.clock.advance(1)
    expect(only(runs)).toMatchObject({
      state: 'running',
      instanceId: lastMark(on),
      nextStartAt: begin + 2 * hour,
    })
    expect(on.machine.spawned[0]).toMatchObject({
      logFile: '/logs/report_jr.log',
      env: { JR_RUN_DUE: '2026-01-01T01:00:00Z', JR_RUN_ATTEMPT: '1', JR_RUN_ID: lastMark(on) },
    })
    await on.clock.advance(2_000)
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(0)
    expect(only(runs)).toMatchObject({
      state: 'stopped',
      reason: 'its last run succeeded',
      pid: null,
      schedule: { lastRun: { outcome: 'succeeded', due: begin + hour, attempt: 1 } },
    })
    expect(on.records).toMatchObject([
      { worker: name, outcome: 'succeeded', durationMs: 2_000, queuedMs: 0, next: 'rest', due: begin + hour },
    ])
    expect(eventTypes(on)).toEqual(['run.started', 'run.finished'])
    expect(on.deaths).toMatchObject([{ name, cause: 'exited cleanly' }])
    expect(on.machine.exitFiles.size).toBe(0)
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([60, 120])
  })

  test('is not run for times before it was first seen, nor for those of another schedule', async () => {
    const on = runWorld()
    await on.clock.advance(90 * minute)
    const runs = runsIn(on, [scheduled()])
    await runs.start()
    await on.clock.advance(0)
    expect(on.machine.spawned).toHaveLength(0)
    await on.clock.advance(20 * minute)
    // Every 4 minutes had many times since the world began.
    await runs.reload([scheduled({ schedule: { cron: '*/4 * * * *' } })])
    await on.clock.advance(0)
    expect(on.machine.spawned).toHaveLength(0)
    await on.clock.advance(2 * minute)
    expect(dueMinutes(on)).toEqual([112])
  })

  test('whose time comes while its run is on: skip leaves it out, queue runs it after', async () => {
    for (const overlap of ['skip', 'queue'] as const) {
      const on = runWorld()
      const runs = runsIn(on, [scheduled({ schedule: { overlap } })])
      await runs.start()
      await on.clock.advance(2.5 * hour)
      expect(begun(on)).toHaveLength(1)
      on.machine.exit(lastMark(on), 0)
      await on.clock.advance(1)
      expect(dueMinutes(on)).toEqual(overlap === 'skip' ? [60] : [60, 120])
      expect(eventTypes(on).filter((type) => type === 'run.skipped')).toHaveLength(overlap === 'skip' ? 1 : 0)
    }
  })

  test('may have several runs on, each with a log and a view of its own', async () => {
    const on = runWorld()
    const runs = runsIn(on, [scheduled({ schedule: { maxConcurrent: 2 } })])
    await runs.start()
    await on.clock.advance(3.5 * hour)
    expect(runs.views().map(({ slot, state, logFile }) => [slot, state, logFile])).toEqual([
      [1, 'running', '/logs/report_jr.log'],
      [2, 'running', '/logs/report_jr.2.log'],
    ])
    expect(dueMinutes(on)).toEqual([60, 120])
  })

  test('that comes back while its former self is still being ended waits for that', async () => {
    const on = runWorld()
    on.machine.programs.set('report', { ignores: ['SIGTERM'] })
    const runs = runsIn(on, [scheduled()])
    await runs.start()
    await on.clock.advance(hour)
    const gone = runs.reload([])
    const back = runs.reload([scheduled()])
    await on.clock.advance(5_000)
    expect(runs.configured()).toEqual([])
    await on.clock.advance(6_000)
    await Promise.all([gone, back])
    expect(on.machine.processes.size).toBe(0)
    expect(only(runs)).toMatchObject({ state: 'stopped', nextStartAt: begin + 2 * hour })
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([60, 120])
  })

  test('that is gone from the configuration is ended, and forgotten', async () => {
    const on = runWorld()
    const runs = runsIn(on, [scheduled()])
    await runs.start()
    await on.clock.advance(hour)
    await runs.reload([])
    expect(on.machine.processes.size).toBe(0)
    expect(runs.views()).toEqual([])
    await on.clock.advance(2 * hour)
    expect(on.machine.spawned).toHaveLength(1)
    expect(on.clock.pending).toBe(0)
  })
})

describe('times that nobody saw', () => {
  test.each([
    ['once', [600]],
    ['skip', []],
    ['all', [120, 180, 240, 300, 360, 420, 480, 540, 600]],
  ] as const)('while the daemon was away: %s', async (missed, dues) => {
    const on = runWorld()
    on.machine.programs.set('report', { exits: 0 })
    const first = runsIn(on, [scheduled({ schedule: { missed } })])
    await first.start()
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([60])
    await first.stop('stop', () => {})
    await on.clock.advance(9 * hour + 5 * minute)
    const next = runsIn(on, [scheduled({ schedule: { missed } })])
    await next.start()
    await on.clock.advance(0)
    expect(dueMinutes(on)).toEqual([60, ...dues])
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([60, ...dues, 660])
    expect(eventTypes(on).includes('run.missed')).toBe(missed !== 'all')
  })

  test('a machine that slept wakes to one run, within half a minute', async () => {
    const on = runWorld()
    const runs = runsIn(on, [scheduled()])
    await runs.start()
    await on.clock.advance(10 * minute)
    on.clock.jumpWall(5 * hour)
    await on.clock.advance(30_000)
    expect(dueMinutes(on)).toEqual([300])
  })

  test('a daemon restarted right at the time is no reason to skip it', async () => {
    const on = runWorld()
    const first = runsIn(on, [scheduled({ schedule: { missed: 'skip' } })])
    await first.start()
    await on.clock.advance(hour - 1_000)
    on.machine.daemonDies()
    await on.clock.advance(20_000)
    await runsIn(on, [scheduled({ schedule: { missed: 'skip' } })]).start()
    await on.clock.advance(0)
    expect(dueMinutes(on)).toEqual([60])
  })

  test('a clock set back by an hour brings no time twice; set back by a day it is believed', async () => {
    const on = runWorld()
    on.machine.programs.set('report', { exits: 0 })
    const runs = runsIn(on, [scheduled({ schedule: { cron: '*/10 * * * *' } })])
    await runs.start()
    await on.clock.advance(65 * minute)
    expect(dueMinutes(on)).toEqual([10, 20, 30, 40, 50, 60])
    on.clock.jumpWall(-hour)
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([10, 20, 30, 40, 50, 60])
    await on.clock.advance(5 * minute)
    expect(dueMinutes(on).at(-1)).toBe(70)
    on.clock.jumpWall(-24 * hour)
    await on.clock.advance(11 * minute)
    expect(dueMinutes(on).at(-1)).toBe(80 - 24 * 60)
  })
})
