import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import { attemptOutcomes, taskStatuses, type Task } from '../../../src/domain/task.ts'
import { explain, explainBarred, whereaboutsOf } from '../../../src/domain/why/explain.ts'
import { reasonPlaces, type ReasonKind } from '../../../src/domain/why/reason.ts'
import type { DaemonFacts, LockHolder, TaskStanding, WhyFacts } from '../../../src/domain/why/standing.ts'
import { workerStates } from '../../../src/domain/worker.ts'

const name = fc.constantFrom('Research Jr.', 'it_triad_jr', `O'Brien\u001b[31m Jr.`, '').map(jrName)
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'boom\nat x', '\u202eevil'))
const ms = fc.oneof(fc.integer({ min: -1e10, max: 1e10 }), fc.constantFrom(0, 1, 999, 1000, 59_999))
const age = fc.option(ms)
const count = fc.integer({ min: 0, max: 1001 })

const task: fc.Arbitrary<Task> = fc.record({
  id: fc.integer({ min: 1 }).map(taskId),
  title: text,
  description: fc.constant(''),
  source: fc.constant('test'),
  createdBy: fc.constant('test'),
  assignedJr: fc.option(name),
  status: fc.constantFrom(...taskStatuses),
  priority: fc.integer(),
  sacredFirePriority: fc.integer({ min: 0, max: 10 }),
  progressPercent: fc.integer({ min: 0, max: 100 }),
  progressNote: fc.option(text),
  createdAt: fc.nat(),
  startedAt: fc.option(fc.nat()),
  completedAt: fc.option(fc.nat()),
  scheduledAt: fc.option(fc.nat()),
  urgent: fc.boolean(),
  urgentAt: fc.option(fc.nat()),
  urgentBy: fc.option(text),
  attempts: fc.integer({ min: 0, max: 9 }),
  maxAttempts: fc.integer({ min: 1, max: 5 }),
  channel: fc.constant(null),
  score: fc.constant(null),
  campaignId: fc.constant(null),
  tags: fc.array(fc.constantFrom('code', 'text'), { maxLength: 1 }),
  result: fc.constant(null),
  error: fc.option(text),
  version: fc.nat(),
})

const lock: fc.Arbitrary<LockHolder> = fc.record({
  pid: fc.nat(),
  application: fc.option(text),
  user: fc.option(text),
  on: fc.constantFrom('row', 'table'),
  ageMs: age,
  state: fc.option(fc.constantFrom('active', 'idle in transaction')),
})

/** Facts that need not fit together: rows are written by anybody, and two looks are never quite at once. */
const standing: fc.Arbitrary<TaskStanding> = fc.record({
  task,
  rawStatus: fc.constantFrom(...taskStatuses, 'blocked', 'done', ''),
  statusAgeMs: age,
  createdAgeMs: age,
  startedAgeMs: age,
  progressAgeMs: age,
  dueInMs: age,
  closedForMs: fc.option(fc.integer({ min: 0, max: 1e9 })),
  stuckInMs: age,
  open: fc.option(
    fc.record({
      attempt: count,
      jrName: name,
      instanceId: fc.constant(instanceId('i')),
      nodeId: fc.constant(nodeId('n')),
      ageMs: ms,
      renewedAgeMs: ms,
      leaseLeftMs: ms,
    }),
  ),
  last: fc.option(
    fc.record({
      attempt: count,
      jrName: name,
      outcome: fc.option(fc.constantFrom(...attemptOutcomes)),
      error: fc.option(text),
      endedAgeMs: ms,
    }),
  ),
  place: fc.option(fc.record({ position: count, of: count })),
  ahead: fc.option(fc.record({ count, isMore: fc.boolean() })),
  jr: fc.option(fc.record({ name, online: fc.boolean(), lastSeenAgeMs: age, load: count })),
  online: fc.record({ count, some: fc.array(fc.record({ name, load: count }), { maxLength: 5 }) }),
  instances: fc.array(
    fc.record({
      instanceId: fc.constant(instanceId('i')),
      nodeId: fc.constantFrom('n', 'm').map(nodeId),
      lastSeenAgeMs: ms,
      load: count,
    }),
    { maxLength: 3 },
  ),
  leader: fc.option(fc.constant(nodeId('n'))),
  accepts: fc.array(
    fc.record(
      {
        jrName: name,
        accepts: fc.record({
          tags: fc.option(fc.array(fc.constantFrom('code', 'text\u0007'), { maxLength: 2 })),
          when: fc.option(fc.constantFrom('priority < 3', 'tru\ne')),
        }),
        holds: fc.boolean(),
      },
      { requiredKeys: ['jrName', 'accepts'] },
    ),
    { maxLength: 3 },
  ),
  holding: fc.array(fc.record({ nodeId: fc.constantFrom('n', 'm').map(nodeId), reason: text, leftMs: ms }), {
    maxLength: 3,
  }),
  locks: fc.array(lock, { maxLength: 5 }),
  readOnly: fc.option(fc.constantFrom('standby', 'setting')),
})

const daemon: fc.Arbitrary<DaemonFacts> = fc.oneof(
  fc.record({ up: fc.constant(false as const), problem: text }),
  fc.record({
    up: fc.constant(true as const),
    phase: fc.constantFrom('starting', 'running', 'draining', 'stopping'),
    listening: fc.boolean(),
    share: fc.option(
      fc.record(
        {
          position: fc.integer({ min: 1, max: 9 }),
          capacityPct: fc.double({ min: 0, max: 50, noNaN: true }),
          ratePerMinute: fc.double({ min: 0.01, max: 100, noNaN: true }),
          tokens: fc.double({ min: 0, max: 200, noNaN: true }),
          burst: fc.double({ min: 0, max: 200, noNaN: true }),
          bucket: fc.constantFrom('own', 'common', 'elsewhere'),
          waiting: fc.nat(),
          waitMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
        },
        { requiredKeys: ['position', 'capacityPct', 'ratePerMinute', 'tokens', 'burst'] },
      ),
    ),
    workers: fc.array(
      fc.record({
        name,
        slot: fc.integer({ min: 1, max: 3 }),
        state: fc.constantFrom(...workerStates),
        reason: text,
      }),
      { maxLength: 8 },
    ),
    configured: fc.array(name, { maxLength: 3 }),
  }),
)

const window = fc.option(
  fc.record({ isOpen: fc.boolean(), opensInMs: fc.option(fc.nat()), closesInMs: fc.option(fc.nat()) }),
)

const facts: fc.Arbitrary<WhyFacts> = fc.record({ standing, daemon, window })

/** Of each of these at most one may be said. */
const exclusive: ReasonKind[][] = [
  ['completed', 'failed', 'cancelled'],
  ['running', 'running_without_lease'],
  ['lease', 'lease_silent', 'lease_expired', 'stuck', 'stuck_later'],
  ['scheduled', 'backoff', 'due'],
  ['next_in_line', 'ahead'],
  ['window_closed', 'window_open'],
  ['jr_online', 'jr_offline', 'jr_unknown', 'unassigned', 'nobody_online', 'nobody_accepts'],
  ['daemon_down', 'daemon_ending'],
  ['daemon_down', 'worker_down'],
  ['daemon_down', 'polling'],
  ['worker_absent', 'worker_down'],
  ['worker_absent', 'jr_online'],
]

describe('why', () => {
  it('always has an answer, which begins with where the task stands', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { reasons, whereabouts } = explain(given)
        expect(whereabouts).toBe(whereaboutsOf(given.standing))
        expect(reasons.map(({ weight }) => weight === 'standing')).toEqual(
          reasons.map((_, index) => index === 0),
        )
      }),
    )
  })

  it('never contradicts itself', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { reasons, whereabouts } = explain(given)
        const kinds = reasons.map(({ kind }) => kind)
        for (const kind of kinds) expect(reasonPlaces[kind], kind).toContain(whereabouts)
        for (const group of exclusive)
          expect(
            group.filter((kind) => kinds.includes(kind)).length,
            `${group.join(' or ')}: ${kinds.join(', ')}`,
          ).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1000 },
    )
  })

  it('fits one screen, in whole safe sentences', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { reasons } = explain(given)
        expect(reasons.length).toBeLessThanOrEqual(16)
        for (const { sentence, next } of reasons) {
          expect(sentence).toMatch(/[.!?…]$/)
          expect(`${sentence} ${next ?? ''}`).not.toMatch(/\p{Cc}|undefined|NaN|null/u)
        }
      }),
    )
  })

  it('says that the queue is locked when not even the row can be read', () => {
    const why = explainBarred(taskId(7), [
      { pid: 12, application: 'psql', user: 'eve', on: 'table', ageMs: 65_000, state: 'idle in transaction' },
    ])
    expect(why.whereabouts).toBe('unreadable')
    expect(why.reasons).toEqual([
      {
        kind: 'table_locked',
        weight: 'standing',
        sentence: 'The whole queue is locked by session 12 (psql, eve), for 1 min, idle in transaction.',
        next: 'If it should not: SELECT pg_terminate_backend(12)',
      },
    ])
  })
})
