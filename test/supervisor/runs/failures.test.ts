import { describe, expect, test } from 'vitest'
import { lastMark } from '../setup.ts'
import { deadOnes, hour, minute, only, runWorld, runsIn, scheduled } from './setup.ts'

/** A world in which the run due at one o'clock is on. */
async function withRun(...changes: Parameters<typeof scheduled>) {
  const on = runWorld()
  const runs = runsIn(on, [scheduled(...changes)])
  await runs.start()
  await on.clock.advance(hour)
  return { on, runs }
}

describe('a run that fails', () => {
  test('is tried again after the waits of a restart, then becomes a dead letter', async () => {
    const { on, runs } = await withRun({ department: 'finance' })
    on.machine.exit(lastMark(on), 3)
    await on.clock.advance(0)
    expect(only(runs)).toMatchObject({
      state: 'backoff',
      reason: 'exited with code 3 (try 1 of 3); tries again in 5 s',
    })
    await on.clock.advance(5_000)
    expect(on.machine.spawned.at(-1)?.env).toMatchObject({
      JR_RUN_ATTEMPT: '2',
      JR_RUN_DUE: '2026-01-01T01:00:00Z',
    })
    on.machine.exit(lastMark(on), 75)
    await on.clock.advance(10_000)
    expect(on.machine.spawned).toHaveLength(3)
    on.machine.exit(lastMark(on), 3)
    await on.clock.advance(0)
    expect(only(runs)).toMatchObject({
      state: 'error',
      reason: 'exited with code 3 (try 3 of 3)',
      restarts: 2,
    })
    expect(deadOnes(on)).toMatchObject([
      {
        kind: 'run',
        title: 'Report Jr., due 2026-01-01T01:00:00Z',
        jrName: 'Report Jr.',
        nodeId: 'here',
        error: 'exited with code 3',
        attempts: 3,
        maxAttempts: 3,
        department: 'finance',
        schedule: '0 * * * *',
        diedAt: on.clock.wallMs(),
      },
    ])
    expect(on.records.map(({ outcome, next }) => [outcome, next])).toEqual([
      ['failed', 'retry'],
      ['failed', 'retry'],
      ['failed', 'die'],
    ])
    // The next time is a new run.
    await on.clock.advance(hour)
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(0)
    expect(only(runs)).toMatchObject({ state: 'stopped' })
  })

  test('for good, with code 65, is not tried again', async () => {
    const { on, runs } = await withRun()
    on.machine.exit(lastMark(on), 65)
    await on.clock.advance(minute)
    expect(on.machine.spawned).toHaveLength(1)
    expect(only(runs).state).toBe('error')
    expect(deadOnes(on)).toMatchObject([{ attempts: 1, error: 'exited with code 65' }])
  })

  test('whose program is not there is missing', async () => {
    const on = runWorld()
    on.machine.programs.set('report', { missing: true })
    const runs = runsIn(on, [scheduled({ schedule: { retries: 0 } })])
    await runs.start()
    await on.clock.advance(hour)
    expect(only(runs)).toMatchObject({
      state: 'missing',
      reason: expect.stringContaining('no such program: report'),
    })
    expect(deadOnes(on)).toMatchObject([{ attempts: 1 }])
    expect(on.records).toMatchObject([{ outcome: 'missing', next: 'die' }])
  })

  test('to start in time is one that failed, and what comes of it late is ended', async () => {
    const on = runWorld()
    on.machine.programs.set('report', { hangs: true })
    const runs = runsIn(on, [scheduled({ schedule: { retries: 0 } })])
    await runs.start()
    await on.clock.advance(hour + 10_000)
    expect(only(runs)).toMatchObject({ state: 'error', reason: 'not started within 10 s (try 1 of 1)' })
    on.machine.release()
    await on.clock.advance(0)
    expect(on.machine.processes.size).toBe(0)
  })
})

describe('a run that takes too long', () => {
  test('is ended with its tree', async () => {
    const { on, runs } = await withRun({ schedule: { timeoutMs: 10 * minute, retries: 0 } })
    await on.clock.advance(10 * minute - 1)
    expect(only(runs).state).toBe('running')
    await on.clock.advance(1)
    expect(only(runs)).toMatchObject({ state: 'timeout', reason: 'was not done within 10 min (try 1 of 1)' })
    expect(on.machine.processes.size).toBe(0)
    expect(on.records).toMatchObject([{ outcome: 'timed_out', durationMs: 10 * minute }])
  })

  test('is killed when it does not listen, and so are those it left behind', async () => {
    const on = runWorld()
    on.machine.programs.set('report', { ignores: ['SIGTERM'], strays: 2 })
    const runs = runsIn(on, [scheduled({ schedule: { timeoutMs: minute, retries: 0 } })])
    await runs.start()
    await on.clock.advance(hour + minute)
    expect(only(runs).state).toBe('stopping')
    await on.clock.advance(11_000)
    expect(only(runs).state).toBe('timeout')
    expect(on.machine.processes.size).toBe(0)
  })

  test('has no more time under the next daemon, whatever the wall clock says', async () => {
    const { on } = await withRun({ schedule: { timeoutMs: 10 * minute, retries: 0 } })
    await on.clock.advance(4 * minute)
    on.machine.daemonDies()
    on.clock.jumpWall(-hour)
    const next = runsIn(on, [scheduled({ schedule: { timeoutMs: 10 * minute, retries: 0 } })])
    await next.start()
    await on.clock.advance(6 * minute - 1)
    expect(only(next)).toMatchObject({ state: 'running', adopted: true })
    await on.clock.advance(1)
    expect(only(next).state).toBe('timeout')
  })
})
