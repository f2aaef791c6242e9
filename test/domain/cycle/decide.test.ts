import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cooldownOf, decide } from '../../../src/domain/cycle/decide.ts'
import { actionKinds, tasksOf, type Decided, type RuleVerdict } from '../../../src/domain/cycle/decision.ts'
import { measure } from '../../../src/domain/cycle/outcome.ts'
import type { RuleSetting } from '../../../src/domain/cycle/rules/book.ts'
import { builtInRules } from '../../../src/domain/cycle/rules/built-in.ts'
import type { SnapshotCondition } from '../../../src/domain/cycle/rules/own.ts'
import { jrName } from '../../../src/domain/ids.ts'
import { aSnapshot, aTaskRef } from '../../support/cycle-sections.ts'
import { anyPolicy, anySnapshot, ownConditions } from './any.ts'
import { meansOf, policyOf } from './rules/setup.ts'

const hour = 3_600_000
const tasks = (...ids: number[]) => ids.map((id) => aTaskRef(id, { ageMs: 2 * hour, channel: 'tiktok' }))

function setting(name: string, more: Partial<RuleSetting> = {}): RuleSetting {
  return { name, enabled: true, cooldownMs: null, priority: null, own: null, ...more }
}

function verdictOf(decided: Decided, rule: string): RuleVerdict | undefined {
  return decided.verdicts.find((one) => one.rule === rule)
}

const yes: SnapshotCondition = () => ({ holds: true, error: null })
const own = (name: string, action: (typeof actionKinds)[number], more: Partial<RuleSetting> = {}) =>
  setting(name, { own: { when: 'true', do: action, reason: 'because' }, ...more })
const conditions = new Map([['true', yes]])

describe('a pass', () => {
  it('numbers its decisions in their order, the highest priority first', () => {
    const snapshot = aSnapshot({
      jobs: { oldestWaitingMs: 2 * hour, oldest: tasks(1), failures1h: 1, retries: tasks(2) },
      ledger: { errors1h: 9 },
    })
    const { decisions } = decide(snapshot, policyOf(), { rests: {} }, meansOf())
    expect(decisions.map(({ id, rule, priority }) => [id, rule, priority])).toEqual([
      ['1-1-1', 'oldest_waiting', 8],
      ['1-1-2', 'recent_failures', 8],
      ['1-1-3', 'ledger_errors', 7],
    ])
  })

  it('gives a task to one decision alone, and takes others in its place', () => {
    const snapshot = aSnapshot({
      jobs: { oldestWaitingMs: 2 * hour, oldest: tasks(1, 2) },
      scores: { tasks: 9, average: 10, lowWaiting: tasks(2, 3) },
    })
    const { decisions } = decide(snapshot, policyOf(), { rests: {} }, meansOf())
    expect(decisions.map((decision) => tasksOf(decision))).toEqual([[1, 2], [3]])
  })

  it('says who has the tasks of one that got none', () => {
    const snapshot = aSnapshot({
      jobs: { oldestWaitingMs: 2 * hour, oldest: tasks(1, 2) },
      scores: { tasks: 9, average: 10, lowWaiting: tasks(1, 2) },
    })
    expect(verdictOf(decide(snapshot, policyOf(), { rests: {} }, meansOf()), 'low_scores')).toEqual({
      rule: 'low_scores',
      verdict: 'outranked',
      reason:
        'the average score of the last 24 h is 10, below 40; its tasks are taken by oldest_waiting in this pass',
    })
  })

  it('rebalances once: the emergency before the plain one', () => {
    const lines = [
      { jrName: jrName('gone'), online: false, load: 0, waiting: 2, failuresInARow: 0, last: tasks(1, 2) },
      { jrName: jrName('b'), online: true, load: 0, waiting: 0, failuresInARow: 0, last: [] },
    ]
    const snapshot = aSnapshot({ jobs: { waiting: 99 }, workers: { lines }, system: { score: 10 } })
    const decided = decide(snapshot, policyOf(), { rests: {} }, meansOf())
    expect(decided.decisions.map(({ rule }) => rule)).toEqual(['health_critical'])
    expect(verdictOf(decided, 'queue_saturated')).toMatchObject({
      verdict: 'outranked',
      reason: expect.stringContaining('health_critical does it') as string,
    })
    const resting = { rests: { health_critical: snapshot.takenAt + 1 } }
    expect(decide(snapshot, policyOf(), resting, meansOf()).decisions.map(({ rule }) => rule)).toEqual([
      'queue_saturated',
    ])
  })

  it('has at most so many actions, and an action so many tasks', () => {
    const snapshot = aSnapshot({
      jobs: { oldestWaitingMs: 2 * hour, oldest: tasks(1, 2, 3), failures1h: 1, retries: tasks(4, 5, 6) },
      ledger: { errors1h: 9 },
    })
    const decided = decide(snapshot, policyOf({ actionsMax: 2, tasksMax: 2 }), { rests: {} }, meansOf())
    expect(decided.decisions.map((decision) => tasksOf(decision))).toEqual([
      [1, 2],
      [4, 5],
    ])
    expect(verdictOf(decided, 'ledger_errors')).toMatchObject({ verdict: 'over_limit' })
  })

  it('shares an action between retries and dead letters where there are many of both', () => {
    const jobs = { failures1h: 9, retries: tasks(1, 2, 3, 4, 5), dead: tasks(11, 12, 13, 14) }
    const [decision] = decide(
      aSnapshot({ jobs }),
      policyOf({ tasksMax: 5 }),
      { rests: {} },
      meansOf(),
    ).decisions
    expect(decision).toMatchObject({ retries: [1, 2, 3], deaths: [{ taskId: 11 }, { taskId: 12 }] })
  })

  it('does what the configuration says of a built-in rule', () => {
    const rules = [
      setting('low_scores', { priority: 9, cooldownMs: 5 }),
      setting('oldest_waiting', { enabled: false }),
    ]
    const snapshot = aSnapshot({
      jobs: { oldestWaitingMs: 2 * hour, oldest: tasks(1) },
      scores: { tasks: 9, average: 10, lowWaiting: tasks(1) },
    })
    const decided = decide(snapshot, policyOf({ rules }), { rests: {} }, meansOf())
    expect(decided.decisions).toMatchObject([{ rule: 'low_scores', priority: 9, tasks: [1] }])
    expect(cooldownOf('low_scores', rules)).toBe(5)
    expect(cooldownOf('recent_failures', rules)).toBe(60_000)
  })
})

describe("a rule of the operator's own", () => {
  it.each(actionKinds.map((kind) => [kind] as const))(
    'does %s to the tasks that are next in turn for it',
    (kind) => {
      const takenAt = aSnapshot().takenAt
      const snapshot = aSnapshot({
        jobs: { oldest: tasks(1), retries: tasks(2), dead: tasks(3) },
        scores: { highWaiting: tasks(4), lowWaiting: tasks(5) },
        deliveries: { byChannel: [{ channel: 'tiktok', waiting: 1, next: tasks(6) }] },
        scheduler: {
          windows: [
            {
              channel: 'tiktok',
              isOpen: false,
              strict: false,
              opensAt: takenAt + 5,
              closesAt: null,
              closingSoon: false,
            },
          ],
        },
        workers: {
          lines: [
            { jrName: jrName('gone'), online: false, load: 0, waiting: 1, failuresInARow: 0, last: tasks(7) },
            { jrName: jrName('b'), online: true, load: 0, waiting: 0, failuresInARow: 0, last: [] },
          ],
        },
      })
      const { decisions } = decide(
        snapshot,
        policyOf({ rules: [own('mine', kind)] }),
        { rests: {} },
        meansOf({ conditions }),
      )
      expect(decisions.map((decision) => [decision.action, decision.reason, tasksOf(decision)])).toEqual([
        [kind, 'because', expected[kind]],
      ])
    },
  )

  const expected: Record<(typeof actionKinds)[number], number[]> = {
    schedule_task: [6],
    retry_failed: [2, 3],
    trigger_reconciliation: [],
    promote_task: [4],
    downgrade_task: [5],
    force_run: [1],
    rebalance_queue: [7],
  }

  it.each([
    [
      'fails',
      new Map([['true', () => ({ holds: false, error: 'no such overload' })]]),
      'its condition fails: no such overload',
    ],
    ['was not compiled', new Map<string, SnapshotCondition>(), 'its condition was not compiled'],
  ])('that %s is broken, and breaks nothing else', (_, broken, reason) => {
    const decided = decide(
      aSnapshot({ ledger: { errors1h: 9 } }),
      policyOf({ rules: [own('mine', 'promote_task')] }),
      { rests: {} },
      meansOf({ conditions: broken }),
    )
    expect(verdictOf(decided, 'mine')).toEqual({ rule: 'mine', verdict: 'broken', reason })
    expect(decided.decisions.map(({ rule }) => rule)).toEqual(['ledger_errors'])
    expect(measure('mine', aSnapshot(), [own('mine', 'promote_task')], broken)).toBe('unknown')
  })
})

describe('an outcome', () => {
  it('is whether the condition was gone when it was looked at again', () => {
    const saturated = aSnapshot({ jobs: { waiting: 51 } })
    expect(measure('queue_saturated', saturated, [], conditions)).toBe('persists')
    expect(measure('queue_saturated', aSnapshot(), [], conditions)).toBe('cleared')
    expect(measure('mine', saturated, [own('mine', 'promote_task')], conditions)).toBe('persists')
    expect(measure('gone', saturated, [], conditions)).toBe('unknown')
  })
})

describe('whatever the snapshot holds', () => {
  const question = fc.record({
    snapshot: anySnapshot,
    policy: anyPolicy,
    rests: fc.dictionary(
      fc.constantFrom(...builtInRules.map(({ name }) => name), 'own-0'),
      fc.integer({ min: -9, max: 9 }),
    ),
  })
  const answer = ({ snapshot, policy, rests: spans }: Asked) => {
    const rests = Object.fromEntries(Object.entries(spans).map(([rule, ms]) => [rule, snapshot.takenAt + ms]))
    return decide(
      snapshot,
      policy,
      { rests },
      meansOf({ conditions: ownConditions, accepts: (jr, { id }) => (id + jr.length) % 3 > 0 }),
    )
  }
  type Asked = typeof question extends fc.Arbitrary<infer T> ? T : never

  it('the answer is the same again, within the limits, by priority, and one verdict a rule', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const decided = answer(asked)
        expect(answer(asked)).toEqual(decided)
        const { decisions, verdicts } = decided
        expect(decisions.length).toBeLessThanOrEqual(asked.policy.actionsMax)
        for (const decision of decisions) {
          const ids = tasksOf(decision)
          expect(ids.length).toBeLessThanOrEqual(asked.policy.tasksMax)
          expect(ids.length > 0).toBe(decision.action !== 'trigger_reconciliation')
        }
        const all = decisions.flatMap((decision) => tasksOf(decision))
        expect(new Set(all).size).toBe(all.length)
        const priorities = decisions.map(({ priority }) => priority)
        expect(priorities).toEqual(priorities.toSorted((a, b) => b - a))
        expect(new Set(decisions.map(({ id }) => id)).size).toBe(decisions.length)
        expect(verdicts.length).toBe(
          builtInRules.length + asked.policy.rules.filter(({ own: mine }) => mine).length,
        )
        const fired = verdicts.filter(({ verdict }) => verdict === 'fired').map(({ rule }) => rule)
        expect(fired.toSorted()).toEqual(decisions.map(({ rule }) => rule).toSorted())
        expect(verdicts.every(({ reason }) => reason !== '')).toBe(true)
      }),
    )
  })

  it('who rests or is off decides nothing', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const off = new Set(asked.policy.rules.flatMap(({ name, enabled }) => (enabled ? [] : [name])))
        for (const { rule } of answer(asked).decisions) {
          expect(off.has(rule)).toBe(false)
          expect(asked.rests[rule] ?? 0).toBeLessThanOrEqual(0)
        }
      }),
    )
  })

  it('switching a rule off changes nothing for those before it', () => {
    fc.assert(
      fc.property(question, fc.constantFrom(...builtInRules.map(({ name }) => name)), (asked, name) => {
        const before = answer(asked)
        const rest = asked.policy.rules.filter((rule) => rule.name !== name)
        const said = asked.policy.rules.find((rule) => rule.name === name)
        const off = { ...setting(name), ...said, enabled: false }
        const after = answer({ ...asked, policy: { ...asked.policy, rules: [off, ...rest] } })
        const at = before.decisions.findIndex(({ rule }) => rule === name)
        expect(after.decisions.slice(0, Math.max(0, at))).toEqual(before.decisions.slice(0, Math.max(0, at)))
        if (at < 0) expect(after.decisions).toEqual(before.decisions)
      }),
    )
  })
})
