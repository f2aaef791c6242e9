import { describe, expect, test } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import { lastMark } from '../setup.ts'
import { begin, deadOnes, dueMinutes, hour, minute, only, runWorld, runsIn, scheduled } from './setup.ts'

const name = jrName('Report Jr.')

async function started(...changes: Parameters<typeof scheduled>) {
  const on = runWorld()
  const runs = runsIn(on, [scheduled(...changes)])
  await runs.start()
  return { on, runs }
}

describe('an operator', () => {
  test('runs it now, and not twice at once', async () => {
    const { on, runs } = await started()
    await on.clock.advance(10 * minute)
    expect(await runs.command(name, { kind: 'start' })).toMatchObject({
      kind: 'done',
      workers: [{ state: 'running', nextStartAt: begin + hour }],
    })
    expect(on.machine.spawned[0]?.env).not.toHaveProperty('JR_RUN_DUE')
    expect(await runs.command(name, { kind: 'start' })).toEqual({
      kind: 'refused',
      reason: 'Report Jr. is not run: one is on already (max_concurrent = 1, overlap = "skip")',
    })
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(50 * minute)
    expect(dueMinutes(on)).toEqual([60])
  })

  test('stops the present run, which is no failure; the schedule goes on', async () => {
    const { on, runs } = await started()
    await on.clock.advance(hour)
    expect(await runs.command(name, { kind: 'stop' })).toMatchObject({
      kind: 'done',
      workers: [{ state: 'stopped', reason: 'its last run was stopped by an operator', pid: null }],
    })
    expect(on.machine.processes.size).toBe(0)
    expect(deadOnes(on)).toEqual([])
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([60, 120])
  })

  test('stops a run that waits for another try', async () => {
    const { on, runs } = await started()
    await on.clock.advance(hour)
    on.machine.exit(lastMark(on), 1)
    await on.clock.advance(0)
    await runs.command(name, { kind: 'stop' })
    await on.clock.advance(30 * minute)
    expect(on.machine.spawned).toHaveLength(1)
    expect(only(runs).state).toBe('stopped')
  })

  test('holds the schedule, across daemons; the present run goes on; a start is refused with the remedy', async () => {
    const { on, runs } = await started()
    await on.clock.advance(hour)
    await runs.command(name, { kind: 'pause' })
    expect(only(runs)).toMatchObject({ state: 'running', nextStartAt: null })
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(0)
    expect(only(runs)).toMatchObject({ state: 'paused', reason: 'paused by an operator' })
    expect(await runs.command(name, { kind: 'start' })).toEqual({
      kind: 'refused',
      reason: 'Report Jr. is paused; resume it first: jrctl workers resume "Report Jr."',
    })
    await runs.stop('stop', () => {})

    const next = runsIn(on, [scheduled()])
    await next.start()
    await on.clock.advance(3 * hour)
    expect(only(next).state).toBe('paused')
    expect(await next.command(name, { kind: 'resume' })).toMatchObject({
      workers: [{ state: 'stopped', nextStartAt: begin + 5 * hour }],
    })
    expect(await next.command(name, { kind: 'resume' })).toEqual({
      kind: 'refused',
      reason: 'Report Jr. is not paused',
    })
    // What passed while it was held is not made up for.
    await on.clock.advance(hour)
    expect(dueMinutes(on)).toEqual([60, 300])
  })

  test('cannot run it with an unhealthy dependency, nor scale it, nor one that is not there', async () => {
    const { on, runs } = await started()
    on.unhealthy.set(name, [{ name: 'Database Jr.', state: 'timeout' }])
    expect(await runs.command(name, { kind: 'start' })).toEqual({
      kind: 'refused',
      reason: 'Report Jr. depends on Database Jr. (timeout)',
    })
    expect(await runs.command(name, { kind: 'scale', instances: 2 })).toMatchObject({ kind: 'refused' })
    expect(await runs.command(jrName('Nobody'), { kind: 'start' })).toEqual({
      kind: 'not_found',
      known: [name],
    })
    expect(runs.runNow(jrName('Nobody'), 'cli:me')).toContain('not a scheduled worker')
  })
})

describe('a shutdown', () => {
  test('lets running runs finish within the grace, and begins none', async () => {
    const { on, runs } = await started()
    await on.clock.advance(hour)
    const stopping = runs.stop('stop', () => {}, 30_000)
    await on.clock.advance(20_000)
    expect(on.machine.signals).toEqual([])
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(0)
    expect(await stopping).toEqual({ endedThemselves: [name], forced: [], left: [] })
    await on.clock.advance(2 * hour)
    expect(on.machine.spawned).toHaveLength(1)
    expect(on.clock.pending).toBe(0)
  })

  test('cuts off what takes longer, and the next daemon runs it again', async () => {
    const { on, runs } = await started()
    await on.clock.advance(hour)
    const waitedFor: string[] = []
    const stopping = runs.stop(
      'stop',
      (views) => void waitedFor.push(views.map((view) => view.name).join()),
      5_000,
    )
    await on.clock.advance(5_000)
    expect(await stopping).toEqual({ endedThemselves: [name], forced: [], left: [] })
    expect(waitedFor.length).toBeGreaterThanOrEqual(5)
    expect(on.machine.processes.size).toBe(0)
    await runsIn(on, [scheduled()]).start()
    await on.clock.advance(0)
    expect(dueMinutes(on)).toEqual([60, 60])
    expect(deadOnes(on)).toEqual([])
  })

  test('hurried kills at once', async () => {
    const on = runWorld()
    on.machine.programs.set('report', { ignores: ['SIGTERM'] })
    const runs = runsIn(on, [scheduled()])
    await runs.start()
    await on.clock.advance(hour)
    const stopping = runs.stop('stop', () => {}, 30_000)
    await on.clock.advance(1_000)
    void runs.stop('stop', () => {})
    await on.clock.advance(100)
    expect(await stopping).toEqual({ endedThemselves: [], forced: [name], left: [] })
    expect(on.machine.processes.size).toBe(0)
  })

  test('that leaves the workers leaves the run, and the next daemon learns how it ended', async () => {
    const { on, runs } = await started()
    await on.clock.advance(hour)
    expect(await runs.stop('leave', () => {})).toEqual({ endedThemselves: [], forced: [], left: [name] })
    expect(on.machine.processes.size).toBe(2)
    on.machine.exit(lastMark(on), 0)
    const next = runsIn(on, [scheduled()])
    await next.start()
    await on.clock.advance(0)
    expect(only(next)).toMatchObject({ state: 'stopped', schedule: { lastRun: { outcome: 'succeeded' } } })
    expect(on.machine.spawned).toHaveLength(1)
  })
})
