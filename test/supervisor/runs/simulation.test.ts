import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import type { SchedulePolicy } from '../../../src/config/policy.ts'
import type { Runs } from '../../../src/supervisor/runs/runs.ts'
import { type RunWorld, begin, hour, minute, runWorld, runsIn, scheduled, timetableOf } from './setup.ts'

/** What may happen to a daemon, its machine and its clock. */
type Step =
  | { kind: 'pass'; ms: number }
  | { kind: 'jump'; ms: number }
  | { kind: 'crash' | 'stop' | 'leave' | 'reboot' }
  | { kind: 'end'; code: number }
  | { kind: 'away'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 40 * minute }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      ms: fc.constantFrom(-hour, hour, -minute, 5 * hour),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('crash' as const, 'stop' as const, 'leave' as const, 'reboot' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('end' as const), code: fc.constantFrom(0, 0, 1, 65, 75) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('away' as const),
      ms: fc.integer({ min: minute, max: 6 * hour }),
    }),
  },
)

const schedule = fc.record({
  cron: fc.constantFrom('*/10 * * * *', '30 2 * * *', '0 * * * *', '15 1,2,3 * * *'),
  timezone: fc.constantFrom('UTC', 'Europe/Zurich', 'America/New_York', 'Australia/Lord_Howe'),
  overlap: fc.constantFrom('skip' as const, 'queue' as const),
  missed: fc.constantFrom('once' as const, 'skip' as const, 'all' as const),
  maxConcurrent: fc.constantFrom(1, 2),
  retries: fc.constantFrom(0, 2),
})

/** Nights in which a clock changes somewhere, and one in which none does. */
const night = fc.constantFrom(
  '2026-03-28T20:00Z',
  '2026-10-24T20:00Z',
  '2026-11-01T02:00Z',
  '2026-04-04T10:00Z',
  '2026-07-01T20:00Z',
)

/** Never further back than what is believed to be the same clock: an hour at a time, two in all. */
function withinReason(steps: readonly Step[]): Step[] {
  let sum = 0
  return steps.map((one) => {
    if (one.kind !== 'jump') return one
    const ms = sum + one.ms < -2 * hour ? hour : one.ms
    sum = Math.min(0, sum + ms)
    return { kind: 'jump', ms }
  })
}

async function live(on: RunWorld, first: Runs, next: () => Runs, steps: readonly Step[]): Promise<void> {
  let runs = first
  const succeed = async (downMs: number): Promise<void> => {
    await on.clock.advance(downMs)
    runs = next()
    await runs.start()
  }
  await runs.start()
  for (const one of steps) {
    if (one.kind === 'pass') await on.clock.advance(one.ms)
    else if (one.kind === 'jump') on.clock.jumpWall(one.ms)
    else if (one.kind === 'end')
      for (const { mark } of on.machine.processes.values()) on.machine.exit(mark, one.code)
    else if (one.kind === 'stop' || one.kind === 'leave') {
      void runs.stop(one.kind, () => {})
      await on.clock.advance(30_000)
      await succeed(0)
    } else {
      on.machine.daemonDies()
      if (one.kind === 'reboot') on.machine.reboot()
      await succeed(one.kind === 'away' ? one.ms : 0)
    }
    await on.clock.advance(0)
  }
}

test('whatever happens, no time is run for twice, none before it comes, and none that the schedule does not have', async () => {
  await fc.assert(
    fc.asyncProperty(
      schedule,
      night,
      fc.array(step, { minLength: 5, maxLength: 25 }),
      async (changes, at, steps) => {
        const on = runWorld()
        on.clock.jumpWall(Date.parse(at) - begin)
        const definition = scheduled({ schedule: changes })
        const make = (): Runs => runsIn(on, [definition])
        const begins: { tries: Map<string, number>; most: number } = { tries: new Map(), most: 0 }
        await live(on, make(), make, withinReason(steps))
        const table = timetableOf(definition.schedule as SchedulePolicy)
        for (const { env } of on.machine.spawned) {
          const due = Date.parse(env['JR_RUN_DUE'] ?? '')
          expect(table.latest(due, 1)).toEqual([due])
          const key = `${due} ${env['JR_RUN_ATTEMPT']}`
          begins.tries.set(key, (begins.tries.get(key) ?? 0) + 1)
        }
        // A try is begun anew only where the end of a daemon cut it off.
        const cuts = steps.filter(({ kind }) => kind === 'stop').length
        for (const count of begins.tries.values()) expect(count).toBeLessThanOrEqual(1 + cuts)
        // Never more at once than may be on, strays of dead daemons included.
        const living = new Set([...on.machine.processes.values()].map(({ mark }) => mark))
        expect(living.size).toBeLessThanOrEqual(changes.maxConcurrent)
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

test('under "all", every time that came is run for, through crashes, sleep and clocks that change', async () => {
  const quiet = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 * minute }) }),
    fc.record({ kind: fc.constant('jump' as const), ms: fc.constantFrom(-hour, hour) }),
    fc.record({ kind: fc.constantFrom('crash' as const, 'reboot' as const) }),
    fc.record({ kind: fc.constant('away' as const), ms: fc.integer({ min: minute, max: 6 * hour }) }),
  )
  await fc.assert(
    fc.asyncProperty(
      schedule,
      night,
      fc.array(quiet, { minLength: 5, maxLength: 25 }),
      async (changes, at, steps) => {
        const on = runWorld()
        on.machine.programs.set('report', { exits: 0 })
        on.clock.jumpWall(Date.parse(at) - begin)
        const fromMs = on.clock.wallMs()
        const definition = scheduled({ schedule: { ...changes, missed: 'all', overlap: 'queue' } })
        const make = (): Runs => runsIn(on, [definition])
        let latestMs = fromMs
        const watched = withinReason(steps).flatMap((one): Step[] => [one, { kind: 'pass', ms: 30_000 }])
        const subscribe = (runs: Runs): Runs => {
          runs.subscribe(() => {
            latestMs = Math.max(latestMs, on.clock.wallMs())
          })
          return runs
        }
        await live(on, subscribe(make()), () => subscribe(make()), watched)
        const table = timetableOf(definition.schedule as SchedulePolicy)
        const came: number[] = []
        for (let due = table.next(fromMs); due !== null && due <= latestMs; due = table.next(due))
          came.push(due)
        const ran = new Set(on.machine.spawned.map(({ env }) => Date.parse(env['JR_RUN_DUE'] ?? '')))
        expect([...ran].sort((a, b) => a - b)).toEqual(came)
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

test('a daemon that dies between the time and the process loses no run and makes no second', async () => {
  const on = runWorld()
  on.machine.programs.set('report', { hangs: true })
  await runsIn(on, [scheduled()]).start()
  await on.clock.advance(hour)
  expect(on.machine.spawned).toHaveLength(1)
  on.machine.daemonDies()
  on.machine.release()
  on.machine.programs.set('report', { exits: 0 })
  await runsIn(on, [scheduled()]).start()
  await on.clock.advance(0)
  expect(on.machine.born.size).toBe(1)
  expect(on.machine.spawned.map(({ env }) => env['JR_RUN_DUE'])).toEqual(
    Array(2).fill('2026-01-01T01:00:00Z'),
  )
  expect(jrName('Report Jr.')).toBe(on.records[0]?.worker)
})

test('a daemon that dies right after the process is there adopts it, or learns how it ended', async () => {
  for (const ends of [false, true]) {
    const on = runWorld()
    const { store } = on
    let refuses = (_key: string): boolean => false
    on.store = { ...store, put: (key, value) => refuses(key) || store.put(key, value) }
    await runsIn(on, [scheduled()]).start()
    await on.clock.advance(hour - 1)
    // The process comes to be, and nobody writes down which it is.
    refuses = () => on.machine.born.size > 0
    await on.clock.advance(1)
    refuses = () => false
    on.machine.daemonDies()
    const [mark = ''] = [...on.machine.born]
    if (ends) on.machine.exit(mark, 0)
    const next = runsIn(on, [scheduled()])
    await next.start()
    await on.clock.advance(0)
    expect(on.machine.born.size).toBe(1)
    expect(next.views()).toMatchObject([ends ? { state: 'stopped' } : { state: 'running', instanceId: mark }])
  }
})
