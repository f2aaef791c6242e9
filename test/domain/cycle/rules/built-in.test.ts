import { describe, expect, it } from 'vitest'
import { decide } from '../../../../src/domain/cycle/decide.ts'
import type { DecidedAction, RuleVerdict } from '../../../../src/domain/cycle/decision.ts'
import { builtInRules } from '../../../../src/domain/cycle/rules/built-in.ts'
import type { Snapshot } from '../../../../src/domain/cycle/snapshot.ts'
import type { WindowView } from '../../../../src/domain/cycle/windows.ts'
import { jrName, taskId } from '../../../../src/domain/ids.ts'
import { aSnapshot, aTaskRef } from '../../../support/cycle-sections.ts'
import { meansOf, policyOf } from './setup.ts'

const now = aSnapshot().takenAt
const [minute, hour] = [60_000, 3_600_000]
const [first, second, third] = [taskId(1), taskId(2), taskId(3)]

type More = Parameters<typeof aSnapshot>[0]

interface Case {
  name: string
  snapshot: More
  verdict: RuleVerdict['verdict']
  /** Of the verdict. */
  says: string
  /** Of the decision. */
  does?: DecidedAction
}

function window(more: Partial<WindowView> = {}): WindowView {
  return {
    channel: 'tiktok',
    isOpen: true,
    strict: false,
    opensAt: now + 18 * hour,
    closesAt: now + 2 * hour,
    closingSoon: false,
    ...more,
  }
}

const openWindow = { windows: [window()], open: ['tiktok'], closingSoon: [] }
const closedWindow = {
  windows: [window({ isOpen: false, opensAt: now + 3 * hour, closesAt: null })],
  open: [],
  closingSoon: [],
}
const closingWindow = {
  windows: [window({ closesAt: now + 40 * minute, closingSoon: true })],
  open: ['tiktok'],
  closingSoon: ['tiktok'],
}
const lines = [
  {
    jrName: jrName('a'),
    online: true,
    load: 1,
    waiting: 3,
    failuresInARow: 0,
    last: [aTaskRef(1), aTaskRef(2)],
  },
  { jrName: jrName('b'), online: true, load: 0, waiting: 0, failuresInARow: 0, last: [] },
]
const even = [
  { jrName: jrName('a'), online: true, load: 0, waiting: 1, failuresInARow: 0, last: [aTaskRef(1)] },
  { jrName: jrName('b'), online: true, load: 0, waiting: 0, failuresInARow: 0, last: [] },
]
const moved: DecidedAction = {
  action: 'rebalance_queue',
  moves: [
    { taskId: first, from: jrName('a'), to: jrName('b') },
    { taskId: second, from: jrName('a'), to: jrName('b') },
  ],
  deadLetters: [],
}
const tiktok = { channel: 'TikTok', score: 90 }

const cases: Record<string, Case[]> = {
  queue_saturated: [
    {
      name: 'above 50',
      snapshot: { jobs: { waiting: 51 }, workers: { lines } },
      verdict: 'fired',
      says: '51 tasks wait for a worker, more than 50',
      does: moved,
    },
    {
      name: 'at 50',
      snapshot: { jobs: { waiting: 50 }, workers: { lines } },
      verdict: 'holds_not',
      says: '50 tasks wait for a worker, not more than 50',
    },
    {
      name: 'with lines that are even',
      snapshot: { jobs: { waiting: 51 }, workers: { lines: even } },
      verdict: 'nothing_to_do',
      says: 'no Jr that is online and accepts them has a shorter line',
    },
  ],
  health_critical: [
    {
      name: 'below 50',
      snapshot: { system: { score: 49 }, workers: { lines } },
      verdict: 'fired',
      says: 'health is at 49 of 100, below 50',
      does: moved,
    },
    {
      name: 'at 50',
      snapshot: { system: { score: 50 }, workers: { lines } },
      verdict: 'holds_not',
      says: 'health is at 50 of 100, not below 50',
    },
    {
      name: 'where dead letters would be all that is left, and are not allowed',
      snapshot: { system: { score: 0 }, jobs: { oldest: [aTaskRef(1, { ageMs: 9 * hour })] } },
      verdict: 'nothing_to_do',
      says: 'dead letters are not allowed: emergency_dead_letter',
    },
  ],
  campaign_active: [
    {
      name: 'with a budget above 100, its window closed',
      snapshot: {
        campaigns: { active: 1, list: [campaign(100.5, [aTaskRef(1, { channel: 'tiktok' })])] },
        scheduler: closedWindow,
      },
      verdict: 'fired',
      says: 'a campaign with a budget above 100 is active: "spring" with 100.5',
      does: { action: 'schedule_task', tasks: [{ id: first, at: now + 3 * hour }] },
    },
    {
      name: 'several times',
      snapshot: {
        campaigns: {
          active: 5,
          list: ['a', 'b\u001B[31m', 'c', 'd', 'e'].map((name) =>
            campaign(101, [aTaskRef(1, { channel: 'tiktok' })], name),
          ),
        },
        scheduler: closedWindow,
      },
      verdict: 'fired',
      says: 'is active: "a" with 101, "b␛" with 101, "c" with 101 and 2 more',
      does: { action: 'schedule_task', tasks: [{ id: first, at: now + 3 * hour }] },
    },
    {
      name: 'with a budget of 100',
      snapshot: {
        campaigns: { active: 1, list: [campaign(100, [aTaskRef(1, { channel: 'tiktok' })])] },
        scheduler: closedWindow,
      },
      verdict: 'holds_not',
      says: 'no active campaign has a budget above 100',
    },
    {
      name: 'with tasks that are in their window already',
      snapshot: {
        campaigns: { active: 1, list: [campaign(500, [aTaskRef(1, { channel: 'tiktok' })])] },
        scheduler: openWindow,
      },
      verdict: 'nothing_to_do',
      says: 'what waits is in its window already',
    },
  ],
  oldest_waiting: [
    {
      name: 'after more than 60 min',
      snapshot: {
        jobs: {
          oldestWaitingMs: 60 * minute + 1,
          oldest: [aTaskRef(1, { ageMs: 60 * minute + 1 }), aTaskRef(2, { ageMs: 60 * minute })],
        },
      },
      verdict: 'fired',
      says: 'the oldest waiting task has waited 1 h 00 min, more than 60 min',
      does: { action: 'force_run', tasks: [first] },
    },
    {
      name: 'after 60 min',
      snapshot: { jobs: { oldestWaitingMs: 60 * minute, oldest: [aTaskRef(1, { ageMs: 60 * minute })] } },
      verdict: 'holds_not',
      says: 'not more than 60 min',
    },
    { name: 'in an empty queue', snapshot: {}, verdict: 'holds_not', says: 'no task waits for a worker' },
    {
      name: 'when the old ones were dealt with',
      snapshot: { jobs: { oldestWaitingMs: 2 * hour, oldest: [] } },
      verdict: 'nothing_to_do',
      says: 'within the last hour already',
    },
  ],
  recent_failures: [
    {
      name: 'after one',
      snapshot: {
        jobs: { failures1h: 1, retries: [aTaskRef(1)], dead: [aTaskRef(2, { version: 7 })] },
      },
      verdict: 'fired',
      says: 'something failed 1 time within the last hour',
      does: { action: 'retry_failed', retries: [first], deaths: [{ taskId: second, version: 7 }] },
    },
    {
      name: 'after none',
      snapshot: { jobs: { failures1h: 0, retries: [aTaskRef(1)] } },
      verdict: 'holds_not',
      says: 'nothing failed within the last hour',
    },
    {
      name: 'when all is tried again already',
      snapshot: { jobs: { failures1h: 3 } },
      verdict: 'nothing_to_do',
      says: 'no retry waits and no dead letter is left',
    },
  ],
  window_closing: [
    {
      name: 'with deliveries that would miss it',
      snapshot: {
        scheduler: closingWindow,
        deliveries: {
          byChannel: [
            {
              channel: 'tiktok',
              waiting: 3,
              next: [
                scheduled(1, now + 2 * hour),
                scheduled(2, now + 20 * minute),
                scheduled(3, now + 25 * hour),
              ],
            },
            { channel: 'youtube', waiting: 1, next: [scheduled(4, now + 2 * hour)] },
          ],
        },
      },
      verdict: 'fired',
      says: 'the window of tiktok closes within the hour',
      does: { action: 'schedule_task', tasks: [{ id: first, at: null }] },
    },
    {
      name: 'while it is open for longer',
      snapshot: {
        scheduler: openWindow,
        deliveries: { byChannel: [{ channel: 'tiktok', waiting: 1, next: [scheduled(1, now + 5 * hour)] }] },
      },
      verdict: 'holds_not',
      says: 'no open window closes within the hour',
    },
    {
      name: 'with nothing that waits for a later time',
      snapshot: { scheduler: closingWindow },
      verdict: 'nothing_to_do',
      says: 'what waits is in its window already',
    },
  ],
  high_scores_in_window: [
    {
      name: 'with one that waits',
      snapshot: {
        scheduler: openWindow,
        scores: {
          high: 3,
          highWaiting: [aTaskRef(1, tiktok), aTaskRef(2, { channel: 'youtube' }), aTaskRef(3)],
        },
      },
      verdict: 'fired',
      says: '1 task with a score above 80 waits while the window of tiktok is open',
      does: { action: 'promote_task', tasks: [first] },
    },
    {
      name: 'while the window is closed',
      snapshot: { scheduler: closedWindow, scores: { high: 1, highWaiting: [aTaskRef(1, tiktok)] } },
      verdict: 'holds_not',
      says: 'no task with a score above 80 waits for a channel whose window is open',
    },
    {
      name: 'with those that are promoted already',
      snapshot: {
        scheduler: openWindow,
        scores: { high: 1, highWaiting: [aTaskRef(1, { ...tiktok, priority: 1 })] },
      },
      verdict: 'nothing_to_do',
      says: 'priority 1 already',
    },
  ],
  ledger_errors: [
    {
      name: 'above 5',
      snapshot: { ledger: { errors1h: 6 } },
      verdict: 'fired',
      says: 'the ledger has 6 errors of the last hour, more than 5',
      does: { action: 'trigger_reconciliation' },
    },
    { name: 'at 5', snapshot: { ledger: { errors1h: 5 } }, verdict: 'holds_not', says: 'not more than 5' },
  ],
  high_scores: [
    {
      name: 'above 3',
      snapshot: { scheduler: closedWindow, scores: { high: 4, highWaiting: [aTaskRef(1, tiktok)] } },
      verdict: 'fired',
      says: '4 tasks of the last 24 h have a score above 80, more than 3',
      does: { action: 'schedule_task', tasks: [{ id: first, at: now + 3 * hour }] },
    },
    {
      name: 'at 3',
      snapshot: { scheduler: closedWindow, scores: { high: 3, highWaiting: [aTaskRef(1, tiktok)] } },
      verdict: 'holds_not',
      says: 'not more than 3',
    },
    {
      name: 'with tasks of no channel',
      snapshot: { scheduler: closedWindow, scores: { high: 4, highWaiting: [aTaskRef(1)] } },
      verdict: 'nothing_to_do',
      says: 'its channel has none',
    },
  ],
  low_scores: [
    {
      name: 'below 40',
      snapshot: { scores: { tasks: 3, average: 39.94, lowWaiting: [aTaskRef(3), aTaskRef(1)] } },
      verdict: 'fired',
      says: 'the average score of the last 24 h is 39.9, below 40',
      does: { action: 'downgrade_task', tasks: [third, first], byMs: 24 * hour },
    },
    {
      name: 'at 40',
      snapshot: { scores: { tasks: 3, average: 40, lowWaiting: [aTaskRef(1)] } },
      verdict: 'holds_not',
      says: 'the average score of the last 24 h is 40, not below 40',
    },
    {
      name: 'without any score',
      snapshot: { scores: { tasks: 0, average: null, lowWaiting: [] } },
      verdict: 'holds_not',
      says: 'no task of the last 24 h has a score',
    },
    {
      name: 'when the low ones were put off',
      snapshot: { scores: { tasks: 3, average: 1, lowWaiting: [] } },
      verdict: 'nothing_to_do',
      says: 'that was not put off within 24 h',
    },
  ],
}

function campaign(budget: number, next: ReturnType<typeof aTaskRef>[], name = 'spring') {
  return { id: 7, name, budget, startsAt: null, endsAt: null, waiting: next.length, next }
}

function scheduled(id: number, scheduledAt: number) {
  return aTaskRef(id, { channel: 'tiktok', status: 'scheduled', scheduledAt })
}

/** All others are off. */
function onlyRule(rule: string) {
  return policyOf({
    rules: builtInRules
      .filter(({ name }) => name !== rule)
      .map(({ name }) => ({ name, enabled: false, cooldownMs: null, priority: null, own: null })),
  })
}

it('has the ten rules of the specification, with their priorities and actions', () => {
  expect(builtInRules.map(({ name, priority, action }) => [name, priority, action])).toEqual([
    ['health_critical', 10, 'rebalance_queue'],
    ['queue_saturated', 9, 'rebalance_queue'],
    ['campaign_active', 9, 'schedule_task'],
    ['oldest_waiting', 8, 'force_run'],
    ['recent_failures', 8, 'retry_failed'],
    ['window_closing', 8, 'schedule_task'],
    ['high_scores_in_window', 7, 'promote_task'],
    ['ledger_errors', 7, 'trigger_reconciliation'],
    ['high_scores', 6, 'schedule_task'],
    ['low_scores', 3, 'downgrade_task'],
  ])
  expect(Object.keys(cases).toSorted()).toEqual(builtInRules.map(({ name }) => name).toSorted())
})

for (const [rule, own] of Object.entries(cases)) {
  describe(rule, () => {
    it.each(own)('$name: $verdict', ({ snapshot, verdict, says, does }) => {
      const { decisions, verdicts } = decide(aSnapshot(snapshot), onlyRule(rule), { rests: {} }, meansOf())
      const said = verdicts.find((one) => one.rule === rule)
      expect(said).toMatchObject({ verdict, reason: expect.stringContaining(says) as string })
      expect(decisions).toMatchObject(does === undefined ? [] : [does])
    })

    const fires: Snapshot = aSnapshot(own[0]?.snapshot)

    it('rests, up to the very moment', () => {
      const judged = (until: number) =>
        decide(fires, onlyRule(rule), { rests: { [rule]: until } }, meansOf()).verdicts.find(
          (one) => one.rule === rule,
        )
      expect(judged(now + 1_500)).toEqual({
        rule,
        verdict: 'resting',
        reason: 'it acted, and rests for another 1 s',
      })
      expect(judged(now)?.verdict).toBe('fired')
    })

    it('does nothing while it is off', () => {
      const policy = onlyRule('none of them')
      expect(decide(fires, policy, { rests: {} }, meansOf())).toMatchObject({
        decisions: [],
        verdicts: builtInRules.map(({ name }) => ({ rule: name, verdict: 'off' })),
      })
    })
  })
}
