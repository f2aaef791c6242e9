import { decide, type DecisionMeans, type DecisionPolicy } from '../../../src/domain/cycle/decide.ts'
import { actionKinds } from '../../../src/domain/cycle/decision.ts'
import type { RuleSetting } from '../../../src/domain/cycle/rules/book.ts'
import { snapshotLimits, type Snapshot, type TaskRef } from '../../../src/domain/cycle/snapshot.ts'
import { jrName } from '../../../src/domain/ids.ts'
import { compileConditions } from '../../../src/expressions/rule-conditions.ts'
import { aSnapshot, aTaskRef } from '../../support/cycle-sections.ts'
import { type Figure, median, percentile } from '../figure.ts'

const rounds = 5_000
const warmUpRounds = 500
const limitMs = 1
const ownRules = 20

/** What deciding costs on a queue of 10,000 tasks, whose lists are all full and whose rules all fire. */
export async function decideFigures(): Promise<Figure[]> {
  const snapshot = fullSnapshot()
  const cases = [
    { what: 'the built-in rules, all of which fire', snapshot, rules: [] },
    { what: `these and ${ownRules} of an operator's own`, snapshot, rules: own(ownRules) },
    { what: `the same with nothing to do`, snapshot: aSnapshot(), rules: own(ownRules) },
  ]
  const figures: Figure[] = []
  for (const { what, rules, ...of } of cases) {
    const policy = { emergencyDeadLetter: true, actionsMax: 10, tasksMax: 10, rules }
    const conditions = await compileConditions(rules)
    const measured = timed(of.snapshot, policy, { idOf: String, conditions, accepts: () => true })
    figures.push(figure(what, measured))
  }
  return figures
}

function timed(snapshot: Snapshot, policy: DecisionPolicy, means: DecisionMeans): number[] {
  const once = (): number => {
    const begin = performance.now()
    decide(snapshot, policy, { rests: {} }, means)
    return performance.now() - begin
  }
  for (let round = 0; round < warmUpRounds; round += 1) once()
  return Array.from({ length: rounds }, once)
}

function figure(what: string, measuredMs: readonly number[]): Figure {
  const us = (ms: number): string => `${Math.round(ms * 1000)}`
  const [p50, p99] = [median(measuredMs), percentile(measuredMs, 0.99)]
  return {
    what: `deciding, queue of 10,000 tasks: ${what}, p50 / p99`,
    measured: `${us(p50)} / ${us(p99)} µs`,
    target: `≤ ${limitMs * 1000} µs`,
    met: p99 <= limitMs,
  }
}

/** One for each action in turn, on what there is much of in a snapshot as well. */
const conditions = [
  'jobs.waiting > 20 * workers.onlineJrs && capacity.waiting >= 0',
  'workers.lines.exists(l, l.waiting > 90 && !l.online) || jobs.oldestWaitingMs > 20 * minute',
  'campaigns.list.filter(c, c.endsAt - takenAt < day).size() > 3 || scheduler.open.size() > 0',
  "jobs.oldest.all(t, t.ageMs > hour && t.channel != 'none')",
]

function own(count: number): RuleSetting[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `own-${index}`,
    enabled: true,
    cooldownMs: null,
    priority: 1 + (index % 10),
    own: {
      when: conditions[index % conditions.length] ?? 'true',
      do: actionKinds[index % actionKinds.length] ?? 'force_run',
      reason: 'measured',
    },
  }))
}

function fullSnapshot(): Snapshot {
  let id = 0
  const { takenAt } = aSnapshot()
  const list = (more: Partial<TaskRef> = {}): TaskRef[] =>
    Array.from({ length: snapshotLimits.tasks }, () =>
      aTaskRef((id += 1), { ageMs: 9_000_000, channel: 'tiktok', score: 90, ...more }),
    )
  const many = <Item>(count: number, make: (index: number) => Item): Item[] =>
    Array.from({ length: count }, (_, index) => make(index))
  const [hour, closesAt] = [3_600_000, takenAt + 1_800_000]
  const later = { status: 'scheduled', scheduledAt: takenAt + 2 * hour } as const
  return aSnapshot({
    jobs: {
      waiting: 10_000,
      oldestWaitingMs: 9_000_000,
      failures1h: 100,
      oldest: list(),
      retries: list({ status: 'retry' }),
      dead: list({ status: 'failed' }),
    },
    deliveries: {
      byChannel: many(10, () => ({ channel: 'tiktok', waiting: 100, next: list(later) })),
    },
    scheduler: {
      windows: [
        {
          channel: 'tiktok',
          isOpen: true,
          strict: false,
          opensAt: takenAt + 20 * hour,
          closesAt,
          closingSoon: true,
        },
      ],
      open: ['tiktok'],
      closingSoon: ['tiktok'],
    },
    campaigns: {
      active: snapshotLimits.campaigns,
      list: many(snapshotLimits.campaigns, (index) => ({
        id: index,
        name: `campaign ${index}`,
        budget: 1_000 - index,
        startsAt: null,
        endsAt: takenAt + hour,
        waiting: 10,
        next: list(later),
      })),
    },
    scores: { tasks: 5_000, average: 30, high: 50, highWaiting: list(), lowWaiting: list({ score: 10 }) },
    ledger: { errors1h: 50 },
    workers: {
      onlineJrs: 50,
      lines: many(snapshotLimits.lines, (index) => ({
        jrName: jrName(`jr ${index}`),
        online: index % 2 === 0,
        load: 1,
        failuresInARow: 0,
        waiting: 100 - index,
        last: list({ status: 'assigned' }),
      })),
    },
  })
}
