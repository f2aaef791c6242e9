import { expect, test } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import { eventTypes } from '../setup.ts'
import type { Runs } from '../../../src/supervisor/runs/runs.ts'
import {
  type RunWorld,
  begin,
  deadOnes,
  dueMinutes,
  minute,
  only,
  runWorld,
  runsIn,
  scheduled,
} from './setup.ts'

const name = jrName('Report Jr.')
const everyMinute = () => scheduled({ schedule: { cron: '* * * * *', retries: 0 } })

/** One fails at once each minute, and has done so four times; the fifth is due. */
async function failing(): Promise<{ on: RunWorld; runs: Runs }> {
  const on = runWorld()
  on.machine.programs.set('report', { exits: 1 })
  const runs = runsIn(on, [everyMinute()])
  await runs.start()
  await on.clock.advance(5 * minute - 1)
  return { on, runs }
}

/** The daemon after one that died when the breaker had opened. */
async function nextDaemon(): Promise<{ on: RunWorld; runs: Runs }> {
  const { on } = await failing()
  await on.clock.advance(1)
  on.machine.daemonDies()
  const runs = runsIn(on, [everyMinute()])
  await runs.start()
  return { on, runs }
}

test('a worker that fails too often is run no more, until one try as a probe succeeds', async () => {
  const { on, runs } = await failing()
  expect(only(runs).state).toBe('error')
  await on.clock.advance(1)
  expect(only(runs)).toMatchObject({
    state: 'disabled_by_failure',
    reason: '5 failed tries within 5 min, the last: exited with code 1',
    nextStartAt: begin + 10 * minute,
  })
  expect(eventTypes(on)).toContain('worker.disabled')
  expect(deadOnes(on)).toHaveLength(5)
  // The probe fails, and the next waits twice as long.
  await on.clock.advance(10 * minute)
  expect(dueMinutes(on)).toEqual([1, 2, 3, 4, 5, 10])
  expect(deadOnes(on)).toHaveLength(6)
  on.machine.programs.set('report', { exits: 0 })
  await on.clock.advance(6 * minute)
  expect(dueMinutes(on)).toEqual([1, 2, 3, 4, 5, 10, 20, 21])
  expect(only(runs).state).toBe('stopped')
})

test('it is kept across daemons, and an operator who starts the worker closes it', async () => {
  const { on, runs } = await nextDaemon()
  await on.clock.advance(2 * minute)
  expect(dueMinutes(on)).toEqual([1, 2, 3, 4, 5])
  expect(only(runs).state).toBe('disabled_by_failure')
  on.machine.programs.set('report', { exits: 0 })
  expect(await runs.command(name, { kind: 'start' })).toMatchObject({ kind: 'done' })
  await on.clock.advance(minute)
  expect(dueMinutes(on)).toEqual([1, 2, 3, 4, 5, 8])
  expect(only(runs).state).toBe('stopped')
})

test('another definition starts afresh; a stop by an operator is no failure', async () => {
  const { on, runs } = await nextDaemon()
  on.machine.programs.set('better', {})
  await runs.reload([{ ...everyMinute(), command: ['better'] }])
  expect(only(runs)).toMatchObject({ state: 'stopped', reason: 'its definition changed' })
  for (let stops = 0; stops < 6; stops++) {
    await on.clock.advance(minute)
    expect(only(runs).state).toBe('running')
    await runs.command(name, { kind: 'stop' })
  }
  expect(only(runs).state).toBe('stopped')
})

test('between two tries of one run too: the next try waits for the breaker', async () => {
  const on = runWorld()
  on.machine.programs.set('report', { exits: 1 })
  const runs = runsIn(on, [scheduled({ schedule: { retries: 9 } })])
  await runs.start()
  await on.clock.advance(60 * minute)
  // 5 + 10 + 20 + 40 s between the tries; the fifth failure opens it.
  await on.clock.advance(2 * minute)
  expect(only(runs).state).toBe('disabled_by_failure')
  expect(on.machine.spawned).toHaveLength(5)
  expect(runs.figures().waiting).toBe(1)
  await on.clock.advance(5 * minute)
  expect(on.machine.spawned).toHaveLength(6)
  expect(deadOnes(on)).toEqual([])
})
