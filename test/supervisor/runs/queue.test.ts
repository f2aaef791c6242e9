import { expect, test } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import { eventTypes, lastMark } from '../setup.ts'
import { begin, begun, deadOnes, dueMinutes, hour, minute, runWorld, runsIn, scheduled } from './setup.ts'

const named = (name: string, changes: Parameters<typeof scheduled>[0] = {}) =>
  scheduled({ name, command: [name], ...changes })

test('runs that are due together begin by priority, then the shallower, and no more than may be on', async () => {
  const on = runWorld()
  const runs = runsIn(
    on,
    [
      named('normal'),
      named('deep', { priority: 2, dependsOn: ['normal', 'critical'] }),
      named('shallow', { priority: 2, dependsOn: ['normal'] }),
      named('critical', { priority: 1 }),
    ],
    { runConcurrency: 1 },
  )
  await runs.start()
  await on.clock.advance(hour)
  for (const count of [1, 2, 3, 4]) {
    expect(begun(on)).toHaveLength(count)
    await on.clock.advance(1_000)
    expect(runs.figures()).toMatchObject({
      waiting: 4 - count,
      running: 1,
      oldestWaitMs: count === 4 ? 0 : count * 1_000,
    })
    on.machine.exit(lastMark(on), 0)
    await on.clock.advance(0)
  }
  expect(begun(on)).toEqual(['critical', 'shallow', 'deep', 'normal'])
  expect(runs.figures()).toMatchObject({ begun: 4, lastWaitsMs: [0, 1_000, 2_000, 3_000] })
})

test('the queue is bounded: what is due beyond is skipped, and told', async () => {
  const on = runWorld()
  const runs = runsIn(
    on,
    ['a', 'b', 'c', 'd'].map((name) => named(name)),
    { runConcurrency: 1, runQueue: 2 },
  )
  await runs.start()
  await on.clock.advance(hour)
  expect(runs.figures()).toMatchObject({ waiting: 1, running: 1, skipped: 2 })
  expect(on.ledger.entries.filter(({ eventType }) => eventType === 'run.skipped')).toMatchObject([
    { worker: 'c', message: expect.stringContaining('2 runs wait already (supervisor.run_queue = 2)') },
    { worker: 'd' },
  ])
})

test('with an unhealthy dependency there is no run, and each reason is told', async () => {
  const on = runWorld()
  on.unhealthy.set('Report Jr.', [
    { name: 'Database Jr.', state: 'error' },
    { name: 'Mail Jr.', state: 'disabled_by_memory' },
  ])
  const runs = runsIn(on, [scheduled()])
  await runs.start()
  await on.clock.advance(hour)
  expect(on.machine.spawned).toHaveLength(0)
  expect(on.ledger.entries).toMatchObject([
    {
      eventType: 'agent.dependencies.unhealthy',
      message: 'Report Jr.: it depends on Database Jr. (error), Mail Jr. (disabled_by_memory)',
      data: {
        agent: 'Report Jr.',
        unhealthyDeps: [
          { dep: 'Database Jr.', reason: 'error' },
          { dep: 'Mail Jr.', reason: 'disabled_by_memory' },
        ],
      },
    },
    { eventType: 'run.skipped', data: { due: begin + hour } },
  ])
  expect(deadOnes(on)).toEqual([])
  on.unhealthy.clear()
  await on.clock.advance(hour)
  expect(dueMinutes(on)).toEqual([120])
})

test('a run that had failed and may not be tried again for want of a dependency is a dead letter', async () => {
  const on = runWorld()
  const runs = runsIn(on, [scheduled()])
  await runs.start()
  await on.clock.advance(hour)
  on.machine.exit(lastMark(on), 1)
  on.unhealthy.set('Report Jr.', [{ name: 'Database Jr.', state: 'error' }])
  await on.clock.advance(minute)
  expect(deadOnes(on)).toMatchObject([
    { error: 'exited with code 1; not tried again: it depends on Database Jr. (error)', attempts: 1 },
  ])
  expect(runs.figures().waiting).toBe(0)
})

test('a worker without memory does not run until it is let back; what it was at is tried again', async () => {
  const on = runWorld()
  const runs = runsIn(on, [scheduled()])
  await runs.start()
  await on.clock.advance(hour)
  await runs.shed(jrName('Report Jr.'), 'the workers hold 92 % of their budget')
  expect(runs.views()).toMatchObject([
    { state: 'disabled_by_memory', reason: 'the workers hold 92 % of their budget' },
  ])
  expect(on.machine.processes.size).toBe(0)
  await on.clock.advance(2 * hour)
  expect(on.machine.spawned).toHaveLength(1)
  await runs.letBack(jrName('Report Jr.'))
  await on.clock.advance(0)
  expect(dueMinutes(on)).toEqual([60, 60])
  expect(eventTypes(on)).toContain('run.skipped')
})
