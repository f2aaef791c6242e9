import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimOne } from '../../support/claim.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId, taskId, type TaskId } from '../../../src/domain/ids.ts'
import type { Lease, TaskStatus } from '../../../src/domain/task.ts'
import type { OperatorVerdict, Rescued, TaskQueue } from '../../../src/ports/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const jrs = [jrName('Research Jr.'), jrName('it_triad_jr')] as const
const leaseMs = 60_000
/** No sum of these comes within a second of a retry's wait (5 s · 2ⁿ) or a lease's end: the real clock runs on meanwhile. */
const stepMs = 7_000

/** One of the two queues under the same commands; tasks and leases go by the order in which they came. */
interface Side {
  queue: TaskQueue
  ids: TaskId[]
  leases: Lease[]
  advance(ms: number): Promise<void>
  /** No two commands come in the same instant. */
  tick(): Promise<void>
  setStatus(id: TaskId, status: TaskStatus): Promise<void>
}

const nth = fc.nat(7)
const jr = fc.constantFrom(0, 1)
const add = fc.record({
  do: fc.constant('add' as const),
  jr: fc.option(jr),
  priority: fc.integer({ min: 1, max: 3 }),
  sacred: fc.constantFrom(0, 5, 9),
  urgent: fc.boolean(),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
})
const claim = fc.record({
  do: fc.constant('claim' as const),
  jr,
  acceptUnassigned: fc.boolean(),
  both: fc.boolean(),
})
const afterwards = fc.oneof(
  fc.record({ do: fc.constantFrom('complete' as const, 'release' as const, 'progress' as const), nth }),
  fc.record({
    do: fc.constant('fail' as const),
    nth,
    kind: fc.constantFrom('attempt' as const, 'asked' as const, 'final' as const),
  }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'retry' as const), nth }),
  fc.record({ do: fc.constant('urgent' as const), nth, undo: fc.boolean() }),
  fc.record({ do: fc.constant('assign' as const), nth, jr: fc.option(jr) }),
  fc.record({ do: fc.constant('advance' as const), steps: fc.integer({ min: 1, max: 6 }) }),
  fc.record({
    do: fc.constantFrom(
      'makeReady' as const,
      'rescueExpired' as const,
      'renew' as const,
      'returnLeases' as const,
    ),
  }),
  fc.record({
    do: fc.constant('foreign' as const),
    nth,
    status: fc.constantFrom<TaskStatus>('completed', 'assigned', 'failed', 'pending'),
  }),
)
const command = fc.oneof(
  { weight: 2, arbitrary: add },
  { weight: 3, arbitrary: claim },
  { weight: 9, arbitrary: afterwards },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

let database: QueueDatabase
let real: TaskQueue
beforeAll(async () => {
  database = await queueDatabase()
  // However slow the machine is at the moment, claims begin at the head of the line.
  real = createTaskQueue(database.db)
})
afterAll(() => database.dispose())

it('the real queue and the one in memory answer alike, whatever is asked', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      const sides = [await realSide(), fakeSide()] as const
      for (const one of commands) {
        const [found, wanted] = [await carryOut(sides[0], one), await carryOut(sides[1], one)]
        expect({ one, answer: found }).toEqual({ one, answer: wanted })
      }
      expect(await describeAll(sides[0])).toEqual(await describeAll(sides[1]))
    }),
    { numRuns: 60 },
  )
})

async function realSide(): Promise<Side> {
  await database.db.query(`delete from jr_work_queue`)
  return {
    queue: real,
    ids: [],
    leases: [],
    advance: (ms) => shiftPast(database.db, ms),
    tick: () => Promise.resolve(),
    async setStatus(id, status) {
      await database.db.query(`update jr_work_queue set status = $2 where id = $1`, [id, status])
    },
  }
}

function fakeSide(): Side {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  return {
    queue,
    ids: [],
    leases: [],
    advance: (ms) => clock.advance(ms),
    tick: () => clock.advance(1),
    setStatus: async (id, status) => queue.writeForeign(id, { status }),
  }
}

/** The answer, with tasks named by their order. */
async function carryOut(side: Side, one: Command): Promise<unknown> {
  const { queue } = side
  await side.tick()
  switch (one.do) {
    case 'add': {
      const [id] = await queue.add(
        [
          {
            title: 't',
            assignedJr: one.jr === null ? null : (jrs[one.jr] ?? null),
            priority: one.priority,
            sacredFirePriority: one.sacred,
            urgent: one.urgent,
            maxAttempts: one.maxAttempts,
          },
        ],
        'ann',
      )
      return side.ids.push(id ?? taskId(0))
    }
    case 'claim': {
      const own = jrs[one.jr] ?? jrs[0]
      const claimed = await claimOne(queue, {
        jrNames: one.both ? [own, ...jrs.filter((other) => other !== own)] : [own],
        acceptUnassigned: one.acceptUnassigned,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs,
      })
      if (claimed === null) return null
      side.leases.push(claimed.lease)
      const { version, attempts } = claimed.task
      return [side.ids.indexOf(claimed.task.id), claimed.jrName, claimed.attempt, version, attempts]
    }
    case 'complete':
      return withLease(side, one.nth, (lease) => queue.complete(lease, { ok: true }))
    case 'release':
      return withLease(side, one.nth, (lease) => queue.release(lease, 'going'))
    case 'progress':
      return withLease(side, one.nth, (lease) => queue.progress(lease, 40, 'note'))
    case 'fail':
      return withLease(side, one.nth, async (lease) => {
        const verdict = await queue.fail(lease, { kind: one.kind, error: 'x' })
        return 'retryAt' in verdict ? { ...verdict, retryAt: 0 } : verdict
      })
    case 'cancel':
      return withTask(side, one.nth, (id) => queue.cancel(id, 'ann', 'no'))
    case 'retry':
      return withTask(side, one.nth, (id) => queue.retry(id, 'ann'))
    case 'urgent':
      return withTask(side, one.nth, (id) => queue.urgent(id, 'ann', one.undo))
    case 'assign': {
      const assignedJr = one.jr === null ? null : (jrs[one.jr] ?? null)
      return withTask(side, one.nth, (id) => queue.set(id, { assignedJr }, 'ann'))
    }
    case 'advance':
      return side.advance(one.steps * stepMs)
    case 'makeReady':
      return (await queue.makeReady()).ready
    case 'rescueExpired':
      return rescued(side, await queue.rescueExpired())
    case 'returnLeases':
      return rescued(side, await queue.returnLeases(instanceId('i'), 'died'))
    case 'renew': {
      const lost = await queue.renew(side.leases, leaseMs)
      return lost.map(({ lease, reason }) => [side.leases.indexOf(lease), reason])
    }
    case 'foreign':
      await withTask(side, one.nth, (id) => side.setStatus(id, one.status))
      return undefined
    default:
      return one satisfies never
  }
}

async function withLease<T>(side: Side, nthLease: number, work: (lease: Lease) => Promise<T>) {
  const lease = side.leases.at(-1 - (nthLease % side.leases.length))
  return lease === undefined ? 'no lease' : work(lease)
}

async function withTask(
  side: Side,
  nthTask: number,
  work: (id: TaskId) => Promise<OperatorVerdict | void>,
): Promise<unknown> {
  const id = side.ids[nthTask % side.ids.length]
  const verdict = id === undefined ? undefined : await work(id)
  if (verdict === undefined || verdict.kind === 'not_found') return verdict
  return [verdict.kind, verdict.task.status, verdict.task.urgent, verdict.task.version]
}

function rescued(side: Side, all: Rescued[]): unknown {
  const named = all.map((each) => ({
    task: side.ids.indexOf(each.taskId),
    status: each.status,
    jr: each.jrName,
  }))
  return named.sort((one, other) => one.task - other.task)
}

/** All that is to be seen of every task in the end, but times and numbers that are each side's own. */
async function describeAll({ queue, ids }: Side): Promise<unknown> {
  const { events } = await queue.events({ id: 0, gaps: [] }, 10_000)
  return Promise.all(
    ids.map(async (id) => {
      const detail = await queue.get(id)
      const task = detail?.task
      return {
        status: task?.status,
        jr: task?.assignedJr,
        urgent: task?.urgent,
        attempts: task?.attempts,
        progress: [task?.progressPercent, task?.progressNote],
        result: task?.result,
        version: task?.version,
        has: [task?.startedAt, task?.completedAt, task?.scheduledAt].map((time) => time !== null),
        outcomes: detail?.attempts.map((attempt) => attempt.outcome),
        events: events
          .filter((event) => event.taskId === id)
          .map((event) => [
            event.version,
            event.kind,
            event.from,
            event.to,
            event.jrName,
            event.attemptOutcome,
          ]),
      }
    }),
  )
}
