import * as fc from 'fast-check'
import type { DecisionPolicy } from '../../../src/domain/cycle/decide.ts'
import { actionKinds } from '../../../src/domain/cycle/decision.ts'
import type { Conditions, RuleSetting } from '../../../src/domain/cycle/rules/book.ts'
import { builtInRules } from '../../../src/domain/cycle/rules/built-in.ts'
import type { SnapshotCondition } from '../../../src/domain/cycle/rules/own.ts'
import type { Snapshot, TaskRef } from '../../../src/domain/cycle/snapshot.ts'
import { jrName } from '../../../src/domain/ids.ts'
import { aSnapshot, aTaskRef } from '../../support/cycle-sections.ts'

/** Snapshots around the rules' bounds: few tasks, so that rules want the same ones, and lists that repeat them. */
const takenAt = aSnapshot().takenAt
const hour = 3_600_000
const channel = fc.constantFrom(null, 'tiktok', 'Instagram', 'none')
const time = fc.option(fc.integer({ min: -30, max: 30 }).map((hours) => takenAt + hours * hour))

const task: fc.Arbitrary<TaskRef> = fc
  .record({
    id: fc.integer({ min: 1, max: 25 }),
    channel,
    scheduledAt: time,
    status: fc.constantFrom('pending', 'assigned', 'scheduled', 'retry', 'failed'),
    priority: fc.integer({ min: 0, max: 5 }),
    ageMs: fc.integer({ min: 0, max: 4 }).map((hours) => hours * hour),
    version: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ id, ...more }) => aTaskRef(id, more as Partial<TaskRef>))
const list = fc.array(task, { maxLength: 12 })
const count = (around: number) => fc.integer({ min: 0, max: around * 2 })

const window = (name: string) =>
  fc.record({
    channel: fc.constant(name),
    isOpen: fc.boolean(),
    strict: fc.boolean(),
    opensAt: time,
    closesAt: time,
    closingSoon: fc.boolean(),
  })
const names = fc.subarray(['tiktok', 'instagram', 'none'])
const line = fc.record({
  jrName: fc.constantFrom('', 'a', 'b', 'cc', 'ddd').map((name) => jrName(name)),
  online: fc.boolean(),
  load: fc.integer({ min: 0, max: 9 }),
  waiting: fc.integer({ min: 0, max: 30 }),
  failuresInARow: fc.integer({ min: 0, max: 4 }),
  last: list,
})

export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    jobs: fc.record({
      waiting: count(50),
      oldestWaitingMs: fc.option(count(60).map((minutes) => minutes * 60_000)),
      failures1h: count(1),
      oldest: list,
      retries: list,
      dead: list,
    }),
    deliveries: fc.record({
      byChannel: fc.array(
        fc.record({ channel: channel.map((name) => name ?? ''), waiting: count(5), next: list }),
        {
          maxLength: 3,
        },
      ),
    }),
    scheduler: fc.record({
      windows: fc.tuple(window('tiktok'), window('instagram')),
      open: names,
      closingSoon: names,
    }),
    campaigns: fc.record({
      active: count(2),
      list: fc.array(
        fc.record({
          id: count(5),
          name: fc.string(),
          budget: fc.oneof(count(100), fc.double()),
          startsAt: time,
          endsAt: time,
          waiting: count(5),
          next: list,
        }),
        { maxLength: 5 },
      ),
    }),
    scores: fc.record({
      tasks: count(9),
      average: fc.option(fc.oneof(count(40), fc.double())),
      high: count(3),
      highWaiting: list,
      lowWaiting: list,
    }),
    ledger: fc.record({ errors1h: count(5) }),
    workers: fc.record({ lines: fc.array(line, { maxLength: 6 }) }),
    system: fc.record({ score: count(50) }),
  })
  .map((sections) => aSnapshot(sections))

/** `own-N` does the Nth action; its condition is its number. */
export const ownConditions: Conditions = new Map<string, SnapshotCondition>([
  ['0', () => ({ holds: true, error: null })],
  ['1', () => ({ holds: false, error: null })],
  ['2', () => ({ holds: false, error: 'broken' })],
])

const ownRule = (index: number) =>
  fc.record({
    name: fc.constant(`own-${index}`),
    enabled: fc.boolean(),
    cooldownMs: fc.constant(null),
    priority: fc.option(fc.integer({ min: 1, max: 10 })),
    own: fc.record({
      when: fc.constantFrom('0', '0', '1', '2'),
      do: fc.constantFrom(...actionKinds),
      reason: fc.constant('so'),
    }),
  })
const builtInSetting = (name: string) =>
  fc.record({
    name: fc.constant(name),
    enabled: fc.boolean(),
    cooldownMs: fc.constant(null),
    priority: fc.option(fc.integer({ min: 1, max: 10 })),
    own: fc.constant(null),
  })

export const anyPolicy: fc.Arbitrary<DecisionPolicy> = fc.record({
  emergencyDeadLetter: fc.boolean(),
  actionsMax: fc.integer({ min: 1, max: 10 }),
  tasksMax: fc.integer({ min: 1, max: 10 }),
  rules: fc
    .tuple(
      fc
        .subarray(builtInRules.map(({ name }) => name))
        .chain((some) => fc.tuple(...some.map(builtInSetting))),
      fc.tuple(ownRule(0), ownRule(1), ownRule(2)),
    )
    .map((parts) => parts.flat<RuleSetting[][]>()),
})
