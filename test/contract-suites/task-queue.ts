import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fence, instanceId, jrName, nodeId, taskId, type TaskId } from '../../src/domain/ids.ts'
import {
  isFinished,
  listedTextCharacters,
  nextTaskStatus,
  taskEvents,
  taskStatuses,
  type Json,
  type TaskEvent,
  type TaskStatus,
} from '../../src/domain/task.ts'
import { claimOne } from '../support/claim.ts'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'
import type { Claimed, ClaimRequest, NewTask, TaskQueue } from '../../src/ports/task-queue.ts'

export interface QueueUnderTest {
  queue: TaskQueue
  /** Started. */
  notifier: Notifier
  /** Lets time pass for every row: the past moves away by so much. */
  advance(ms: number): Promise<void>
  /** Programs that know only the tables. */
  foreign: {
    setStatus(id: TaskId, status: TaskStatus): Promise<void>
    /** `UPDATE … SET status='in_progress', started_at=now()`. */
    claim(id: TaskId): Promise<void>
    remove(id: TaskId): Promise<void>
  }
  dispose(): Promise<void>
}

const research = jrName('Research Jr.')
const software = jrName('Software Engineer Jr.')
const node = nodeId('node-1')
const runner = instanceId('runner-1')
const leaseMs = 60_000

/** What every queue promises. One queue serves the whole suite; each test works with Jrs and tasks of its own. */
export function taskQueueContract(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`task queue contract: ${name}`, () => {
    let under: QueueUnderTest
    let queue: TaskQueue
    beforeAll(async () => {
      under = await make()
      queue = under.queue
    })
    afterAll(() => under.dispose())

    let fresh = 0
    /** A Jr that no other test knows. */
    const newJr = () => jrName(`${research} ${(fresh += 1)}`)
    const request = (jr = research, more: Partial<ClaimRequest> = {}): Omit<ClaimRequest, 'keyHashes'> => ({
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: runner,
      nodeId: node,
      leaseMs,
      ...more,
    })
    const addOne = async (task: Partial<NewTask> = {}): Promise<TaskId> => {
      const [id] = await queue.add([{ title: 'a task', ...task }], 'tester')
      return id ?? taskId(0)
    }
    const claimNew = async (jr = newJr(), task: Partial<NewTask> = {}): Promise<Claimed> => {
      await addOne({ assignedJr: jr, ...task })
      const claimed = await claimOne(queue, request(jr))
      if (claimed === null) throw new Error('nothing to claim')
      return claimed
    }
    const statusOf = async (id: TaskId) => (await queue.get(id))?.task.status
    /** Takes every unassigned task away, so that a test may count on its own. */
    const drainUnassigned = async (): Promise<void> => {
      for (const { id } of await queue.list({ statuses: ['pending'], limit: 1000 }))
        await queue.cancel(id, 'tester', 'in the way')
    }

    describe('claim', () => {
      it('answers null when nothing is ready', async () => {
        expect(await claimOne(queue, request(newJr()))).toBeNull()
      })

      it('takes several at once, in claim order, each with its own key, and no more than there are', async () => {
        const jr = newJr()
        const [plain, first] = await queue.add(
          [
            { title: 'plain', assignedJr: jr },
            { title: 'first', assignedJr: jr, urgent: true },
          ],
          'tester',
        )
        const claims = await queue.claim({ ...request(jr), keyHashes: ['a', 'b', 'c'] })
        expect(claims.map(({ task, keyHash }) => [task.id, keyHash])).toEqual([
          [first, 'a'],
          [plain, 'b'],
        ])
        expect(new Set(claims.map(({ lease }) => lease.fence)).size).toBe(2)
      })

      it('gives back what an instance does not know that it holds', async () => {
        const jr = newJr()
        const ids = await queue.add(
          [
            { title: 'kept', assignedJr: jr },
            { title: 'unheard', assignedJr: jr },
          ],
          'tester',
        )
        const mine = { ...request(jr), instanceId: instanceId('half deaf') }
        const [kept] = await queue.claim({ ...mine, keyHashes: ['a', 'b'] })
        if (kept === undefined) throw new Error('nothing to claim')
        expect(await queue.releaseUnheld(mine.instanceId, [kept.lease])).toBe(1)
        expect(await queue.releaseUnheld(mine.instanceId, [kept.lease])).toBe(0)
        expect(await statusOf(ids[0] ?? taskId(0))).toBe('in_progress')
        const unheard = await queue.get(ids[1] ?? taskId(0))
        expect(unheard?.task).toMatchObject({ status: 'assigned', attempts: 0 })
        expect(unheard?.attempts).toMatchObject([{ outcome: 'released' }])
        expect(await queue.complete(kept.lease, null)).toEqual({ accepted: true })
      })

      it('opens an attempt with a lease and counts it', async () => {
        const jr = newJr()
        const id = await addOne({ assignedJr: jr, title: 'first' })
        const claimed = await claimOne(queue, request(jr))
        expect(claimed).toMatchObject({ jrName: jr, attempt: 1, lease: { taskId: id, instanceId: runner } })
        expect(claimed?.task).toMatchObject({
          id,
          title: 'first',
          status: 'in_progress',
          attempts: 1,
          version: 2,
        })
        const detail = await queue.get(id)
        expect(detail?.task).toEqual(claimed?.task)
        expect(detail?.attempts).toMatchObject([{ attempt: 1, endedAt: null, outcome: null, nodeId: node }])
      })

      it('goes by urgency, sacred_fire_priority, priority, age, id', async () => {
        const jr = newJr()
        const wanted = await queue.add(
          [
            { title: 'urgent', urgent: true, sacredFirePriority: 1, assignedJr: jr },
            { title: 'sacred', sacredFirePriority: 8, priority: 9, assignedJr: jr },
            { title: 'low number', priority: 1, assignedJr: jr },
            { title: 'older', assignedJr: jr },
            { title: 'younger', assignedJr: jr },
            { title: 'last', priority: 7, assignedJr: jr },
          ].toReversed(),
          'tester',
        )
        const ordered = [wanted[5], wanted[4], wanted[3], wanted[1], wanted[2], wanted[0]]
        const got: (TaskId | undefined)[] = []
        for (const _ of ordered) got.push((await claimOne(queue, request(jr)))?.task.id)
        expect(got).toEqual(ordered)
      })

      it('takes sacred_fire_priority above 8 as urgent until it is undone', async () => {
        const jr = newJr()
        const plain = await addOne({ assignedJr: jr, sacredFirePriority: 8 })
        const sacred = await addOne({ assignedJr: jr, sacredFirePriority: 9, priority: 9 })
        expect((await queue.get(sacred))?.task.urgent).toBe(true)
        expect(await queue.urgent(sacred, 'tester', true)).toMatchObject({
          kind: 'done',
          task: { urgent: false },
        })
        expect(await queue.urgent(sacred, 'tester', true)).toMatchObject({ kind: 'unchanged' })
        await queue.urgent(plain, 'tester', false)
        expect((await claimOne(queue, request(jr)))?.task.id).toBe(plain)
      })

      it('takes unassigned work only when accepted, after its own unless that is not urgent', async () => {
        await drainUnassigned()
        const jr = newJr()
        const anyone = await addOne({ sacredFirePriority: 8 })
        expect(await claimOne(queue, request(jr))).toBeNull()
        const own = await addOne({ assignedJr: jr })
        const hot = await addOne({ urgent: true })
        const accepting = request(jr, { acceptUnassigned: true })
        const first = await claimOne(queue, accepting)
        expect(first).toMatchObject({ task: { id: hot, assignedJr: jr }, jrName: jr })
        expect((await claimOne(queue, accepting))?.task.id).toBe(own)
        expect((await claimOne(queue, accepting))?.task.id).toBe(anyone)
        expect(await claimOne(queue, accepting)).toBeNull()
      })

      it('serves several Jrs in one order', async () => {
        const [one, other] = [newJr(), newJr()]
        const later = await addOne({ assignedJr: one, priority: 7 })
        const sooner = await addOne({ assignedJr: other, priority: 2 })
        const both = request(one, { jrNames: [one, other] })
        expect(await claimOne(queue, both)).toMatchObject({ task: { id: sooner }, jrName: other })
        expect(await claimOne(queue, both)).toMatchObject({ task: { id: later }, jrName: one })
      })
    })

    describe('the last word of an attempt', () => {
      it('completes with the result, once', async () => {
        const { task, lease } = await claimNew()
        expect(await queue.complete(lease, { files: 3, odd: 'a\u0000b\uD800' })).toEqual({ accepted: true })
        expect((await queue.get(task.id))?.task).toMatchObject({
          status: 'completed',
          progressPercent: 100,
          result: { files: 3, odd: 'ab\uFFFD' },
        })
        expect(await queue.complete(lease, null)).toEqual({ accepted: false, reason: 'recorded' })
        expect(await queue.fail(lease, { kind: 'attempt', error: 'late' })).toMatchObject({ accepted: false })
      })

      it('fails into a wait of 5 s · 2ⁿ⁻¹, then for good', async () => {
        const jr = newJr()
        const id = await addOne({ assignedJr: jr, maxAttempts: 3 })
        for (const [attempt, waitMs] of [
          [1, 5_000],
          [2, 10_000],
        ] as const) {
          const claimed = await claimOne(queue, request(jr))
          if (claimed === null) throw new Error('nothing to claim')
          const verdict = await queue.fail(claimed.lease, { kind: 'asked', error: 'not yet' })
          expect(verdict).toMatchObject({ accepted: true, status: 'retry', attempt })
          expect(await claimOne(queue, request(jr))).toBeNull()
          await under.advance(waitMs - 1_000)
          expect((await queue.makeReady()).nextDueMs).toBeLessThanOrEqual(1_000)
          expect(await statusOf(id)).toBe('retry')
          await under.advance(1_001)
          await queue.makeReady()
          expect(await statusOf(id)).toBe('assigned')
        }
        const last = await claimOne(queue, request(jr))
        if (last === null) throw new Error('nothing to claim')
        expect(
          await queue.fail(last.lease, { kind: 'attempt', error: 'boom', result: { tail: 'x' } }),
        ).toEqual({ accepted: true, status: 'failed', attempt: 3 })
        const detail = await queue.get(id)
        expect(detail?.task).toMatchObject({ status: 'failed', error: 'boom', result: { tail: 'x' } })
        expect(detail?.attempts.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'failed'])
      })

      it('fails for good at once when asked to', async () => {
        const { task, lease } = await claimNew()
        expect(await queue.fail(lease, { kind: 'final', error: 'bad input' })).toMatchObject({
          status: 'failed',
        })
        expect(await statusOf(task.id)).toBe('failed')
      })

      it('gives back as it was, not counted', async () => {
        await drainUnassigned()
        const id = await addOne()
        const claimed = await claimOne(queue, request(newJr(), { acceptUnassigned: true }))
        if (claimed === null) throw new Error('nothing to claim')
        await queue.progress(claimed.lease, 30, 'a third')
        expect(await queue.release(claimed.lease, 'shutting down')).toEqual({ accepted: true })
        expect((await queue.get(id))?.task).toMatchObject({
          status: 'pending',
          assignedJr: null,
          attempts: 0,
          startedAt: null,
          progressPercent: 0,
          progressNote: null,
        })
        await queue.cancel(id, 'tester', 'tidy')
      })

      it('is on record for who repeats it, and for nobody who says another', async () => {
        const boom = { kind: 'attempt', error: 'boom' } as const
        const [done, failed, released] = [await claimNew(), await claimNew(), await claimNew()]
        await queue.complete(done.lease, 1)
        await queue.fail(failed.lease, boom)
        await queue.release(released.lease, 'stop')
        const recorded = { accepted: false, reason: 'recorded' }
        expect(await queue.complete(done.lease, 1)).toEqual(recorded)
        expect(await queue.fail(failed.lease, boom)).toEqual(recorded)
        expect(await queue.release(released.lease, 'stop')).toEqual(recorded)
        const superseded = { accepted: false, reason: 'superseded' }
        expect(await queue.fail(done.lease, boom)).toEqual(superseded)
        expect(await queue.release(failed.lease, 'stop')).toEqual(superseded)
        expect(await queue.complete(released.lease, 1)).toEqual(superseded)
        expect(await queue.renew([done.lease], leaseMs)).toMatchObject([{ reason: 'superseded' }])
      })

      it('refuses a lease that never was', async () => {
        const { lease } = await claimNew()
        const forged = { ...lease, taskId: taskId(lease.taskId + 1_000_000) }
        expect(await queue.complete(forged, null)).toEqual({ accepted: false, reason: 'unknown' })
      })
    })

    describe('leases', () => {
      it('are prolonged, and only then', async () => {
        const [kept, lost] = [await claimNew(), await claimNew()]
        await under.advance(leaseMs - 1_000)
        expect(await queue.renew([kept.lease], leaseMs)).toEqual([])
        await under.advance(2_000)
        const rescued = await queue.rescueExpired()
        expect(rescued.map((each) => each.taskId)).toContain(lost.task.id)
        expect(rescued.map((each) => each.taskId)).not.toContain(kept.task.id)
        expect(await queue.renew([kept.lease, lost.lease], leaseMs)).toEqual([
          { lease: lost.lease, reason: 'expired' },
        ])
        expect(await queue.complete(lost.lease, null)).toEqual({ accepted: false, reason: 'expired' })
        expect((await queue.get(lost.task.id))?.task).toMatchObject({ status: 'assigned', attempts: 1 })
      })

      it('still hold after their time while nobody has rescued the task', async () => {
        const { lease } = await claimNew()
        await under.advance(leaseMs + 1_000)
        expect(await queue.complete(lease, 'late but done')).toEqual({ accepted: true })
      })

      it('shut an earlier attempt out once a later one began', async () => {
        const jr = newJr()
        const first = await claimNew(jr)
        await under.advance(leaseMs + 1_000)
        await queue.rescueExpired()
        const second = await claimOne(queue, request(jr))
        expect(second?.lease.fence).toBeGreaterThan(first.lease.fence)
        expect(await queue.progress(first.lease, 50, null)).toEqual({ accepted: false, reason: 'superseded' })
        expect((await queue.get(first.task.id))?.task.status).toBe('in_progress')
      })

      it('return at once when their worker died, and die with the last attempt', async () => {
        const dead = instanceId('dead-1')
        const jr = newJr()
        const [again, over] = await queue.add(
          [
            { title: 'again', assignedJr: jr },
            { title: 'over', assignedJr: jr, maxAttempts: 1 },
          ],
          'tester',
        )
        await claimOne(queue, request(jr, { instanceId: dead }))
        await claimOne(queue, request(jr, { instanceId: dead }))
        const returned = await queue.returnLeases(dead, 'killed by SIGKILL')
        expect(new Map(returned.map((each) => [each.taskId, each.status]))).toEqual(
          new Map([
            [again, 'assigned'],
            [over, 'failed'],
          ]),
        )
        expect((await queue.get(over ?? taskId(0)))?.task.error).toContain('killed by SIGKILL')
        expect(await queue.returnLeases(dead, 'again')).toEqual([])
      })
    })

    describe('foreign programs', () => {
      it('claim and finish without a lease', async () => {
        const id = await addOne({ assignedJr: newJr() })
        await under.foreign.claim(id)
        const seen = (await queue.inProgress()).find((task) => task.id === id)
        expect(seen).toMatchObject({ instanceId: null, nodeId: null })
        await under.foreign.setStatus(id, 'completed')
        // They know no completed_at; when it was is known all the same.
        expect((await queue.get(id))?.task).toMatchObject({
          status: 'completed',
          completedAt: expect.any(Number) as number,
        })
      })

      it.each(['completed', 'assigned', 'failed'] as const)(
        'end a leased attempt by writing %s, and it shows',
        async (status) => {
          const { task, lease } = await claimNew()
          const cursor = await queue.latestCursor()
          await under.foreign.setStatus(task.id, status)
          expect(await queue.renew([lease], leaseMs)).toEqual([{ lease, reason: 'foreign' }])
          expect(await queue.complete(lease, null)).toEqual({ accepted: false, reason: 'foreign' })
          const { events } = await queue.events(cursor, 100)
          expect(events.filter((event) => event.taskId === task.id)).toMatchObject([
            { from: 'in_progress', to: status, attemptOutcome: 'foreign' },
          ])
        },
      )

      it('may delete a leased task', async () => {
        const { task, lease } = await claimNew()
        const cursor = await queue.latestCursor()
        await under.foreign.remove(task.id)
        expect(await queue.complete(lease, null)).toEqual({ accepted: false, reason: 'foreign' })
        expect((await queue.events(cursor, 100)).events.at(-1)).toMatchObject({
          kind: 'deleted',
          taskId: task.id,
          to: null,
        })
      })

      it('are rescued when stuck, counted, but not while they report progress or hold a lease', async () => {
        const stuckMs = 1_800_000
        const jr = newJr()
        const id = await addOne({ assignedJr: jr })
        await under.foreign.claim(id)
        await under.advance(stuckMs - 1_000)
        expect((await queue.rescueStuck(stuckMs)).map((each) => each.taskId)).not.toContain(id)
        const leased = await claimNew()
        await under.advance(2_000)
        const rescued = await queue.rescueStuck(stuckMs)
        expect(rescued.find((each) => each.taskId === id)).toEqual({
          taskId: id,
          fence: null,
          jrName: jr,
          status: 'assigned',
        })
        expect((await queue.get(id))?.task).toMatchObject({
          attempts: 1,
          startedAt: null,
          progressPercent: 0,
        })
        await under.advance(stuckMs)
        expect((await queue.rescueStuck(stuckMs)).map((each) => each.taskId)).not.toContain(leased.task.id)
        await queue.rescueExpired()
      })
    })

    describe('the table of transitions', () => {
      it.each(transitionCases)(
        '$status × $event, assigned: $assigned',
        async ({ status, event, assigned }) => {
          const walked = await reach(status, assigned)
          const before = (await queue.get(walked.id))?.task
          const hasJr = event === 'release' ? assigned : assignedAfter(event, before?.assignedJr ?? null)
          const after = nextTaskStatus(status, event, hasJr)
          const done = await raise(walked, event)
          expect({ done, status: await statusOf(walked.id) }).toEqual({
            done: after !== undefined,
            status: after ?? status,
          })
          await queue.cancel(walked.id, 'tester', 'tidy')
        },
      )
    })

    interface Walked {
      id: TaskId
      jr: ReturnType<typeof newJr>
      claimed: Claimed | null
    }
    const assignedAfter = (event: TaskEvent, jr: string | null) =>
      event === 'assign' || (event !== 'unassign' && jr !== null)

    /** A task in this status, brought there by the queue's own operations. */
    const reach = async (status: TaskStatus, assigned: boolean): Promise<Walked> => {
      if (!assigned) await drainUnassigned()
      const jr = newJr()
      const later = (await databaseNow()) + 3_600_000
      const id = await addOne({
        ...(assigned ? { assignedJr: jr } : {}),
        ...(status === 'scheduled' ? { scheduledAt: later } : {}),
      })
      if (['pending', 'assigned', 'scheduled'].includes(status)) return { id, jr, claimed: null }
      if (status === 'cancelled') {
        await queue.cancel(id, 'tester', 'no')
        return { id, jr, claimed: null }
      }
      const claimed = await claimOne(queue, request(jr, { acceptUnassigned: !assigned }))
      if (claimed?.task.id !== id) throw new Error(`claimed ${claimed?.task.id} in place of ${id}`)
      if (status === 'completed') await queue.complete(claimed.lease, null)
      if (status === 'retry') await queue.fail(claimed.lease, { kind: 'attempt', error: 'x' })
      if (status === 'failed') await queue.fail(claimed.lease, { kind: 'final', error: 'x' })
      return { id, jr, claimed }
    }

    const databaseNow = async (): Promise<number> => {
      const id = await addOne({ assignedJr: newJr() })
      return (await queue.get(id))?.task.createdAt ?? 0
    }

    /** Whether the queue did it. */
    const raise = async ({ id, jr, claimed }: Walked, event: TaskEvent): Promise<boolean> => {
      const done = (verdict: { kind: string }) => verdict.kind === 'done'
      const lease = claimed?.lease ?? { taskId: id, fence: fence(0), instanceId: runner }
      switch (event) {
        case 'assign':
          return done(await queue.set(id, { assignedJr: newJr() }, 'tester'))
        case 'unassign':
          return done(await queue.set(id, { assignedJr: null }, 'tester'))
        case 'schedule':
          return done(await queue.set(id, { scheduledAt: (await databaseNow()) + 7_200_000 }, 'tester'))
        case 'ready':
        case 'replay':
          return done(await queue.retry(id, 'tester'))
        case 'claim':
          return (await claimOne(queue, request(jr, { acceptUnassigned: true })))?.task.id === id
        case 'complete':
          return (await queue.complete(lease, null)).accepted
        case 'fail':
          return (await queue.fail(lease, { kind: 'attempt', error: 'x' })).accepted
        case 'die':
          return (await queue.fail(lease, { kind: 'final', error: 'x' })).accepted
        case 'release':
          return (await queue.release(lease, 'x')).accepted
        case 'cancel':
          return done(await queue.cancel(id, 'tester', 'no'))
        default:
          return event satisfies never
      }
    }

    describe('operators', () => {
      it('add all or nothing, ids in the order given', async () => {
        const titles = Array.from({ length: 50 }, (_, index) => `batch ${index}`)
        const ids = await queue.add(
          titles.map((title) => ({ title, assignedJr: software, tags: ['a', 'b'] })),
          'tester',
        )
        expect(ids).toEqual(ids.toSorted((one, other) => one - other))
        const first = await queue.get(ids[0] ?? taskId(0))
        expect(first?.task).toMatchObject({
          title: 'batch 0',
          createdBy: 'tester',
          source: 'jrctl',
          status: 'assigned',
          priority: 5,
          sacredFirePriority: 0,
          maxAttempts: 4,
          tags: ['a', 'b'],
          urgent: false,
        })
        const before = await queue.counts()
        await expect(queue.add([{ title: 'good' }, { title: ' ' }], 'tester')).rejects.toThrow(
          'task 2: title is empty',
        )
        expect((await queue.counts()).byStatus).toEqual(before.byStatus)
      })

      it('add more than one statement takes, in order', async () => {
        const jr = newJr()
        const ids = await queue.add(
          Array.from({ length: 2_100 }, (_, index) => ({ title: `many ${index}`, assignedJr: jr })),
          'tester',
        )
        expect(ids).toHaveLength(2_100)
        const [newest] = await queue.list({ jrName: jr, limit: 1 })
        expect(newest).toMatchObject({ id: ids.at(-1), title: 'many 2099' })
      })

      it.each([
        ['title', { title: 'x'.repeat(501) }, 'title has 501 bytes, the limit is 500'],
        ['NUL', { title: 'a\u0000b' }, 'title contains a NUL character'],
        ['priority', { title: 'x', priority: 1.5 }, 'priority is 1.5'],
        ['sacred', { title: 'x', sacredFirePriority: 11 }, 'whole numbers from 0 to 10'],
        ['attempts', { title: 'x', maxAttempts: 0 }, 'max_attempts is 0'],
        ['tags', { title: 'x', tags: Array.from({ length: 33 }, () => 't') }, 'the limit is 32'],
      ])('are refused what breaks a bound: %s', async (_, task, message) => {
        await expect(queue.add([task], 'tester')).rejects.toThrow(message)
      })

      it('keep hostile text as text', async () => {
        const title = `'); DROP TABLE jr_work_queue; -- \u001b[31m 𝒳 ' " \\ $1 {x}`
        const id = await addOne({ title, assignedJr: newJr(), description: '%s %n ${x}' })
        expect((await queue.get(id))?.task.title).toBe(title)
      })

      it('hear what is not there', async () => {
        const nowhere = taskId(999_999_999)
        expect(await queue.get(nowhere)).toBeNull()
        for (const verdict of [
          await queue.cancel(nowhere, 'tester', 'x'),
          await queue.retry(nowhere, 'tester'),
          await queue.urgent(nowhere, 'tester', false),
          await queue.set(nowhere, { priority: 1 }, 'tester'),
        ])
          expect(verdict).toEqual({ kind: 'not_found' })
      })

      it('cancel a running task: its worker is refused and told', async () => {
        const { task, lease } = await claimNew()
        const told = nextNotice(under.notifier, (one) => one.kind === 'ended' && one.taskId === task.id)
        expect(await queue.cancel(task.id, 'ann', 'wrong input')).toMatchObject({
          kind: 'done',
          task: { status: 'cancelled', error: 'wrong input' },
        })
        await told
        expect(await queue.renew([lease], leaseMs)).toEqual([{ lease, reason: 'cancelled' }])
        expect(await queue.cancel(task.id, 'ann', 'again')).toMatchObject({ kind: 'unchanged' })
      })

      it('replay a finished task from its first attempt', async () => {
        const { task, lease } = await claimNew()
        await queue.fail(lease, { kind: 'final', error: 'x' })
        expect(await queue.retry(task.id, 'ann')).toMatchObject({
          kind: 'done',
          task: { status: 'assigned', attempts: 0, error: null, completedAt: null },
        })
        expect(await queue.urgent(task.id, 'ann', false)).toMatchObject({ kind: 'done' })
      })

      it('make a task urgent that waits for its time', async () => {
        const later = (await databaseNow()) + 3_600_000
        const id = await addOne({ assignedJr: newJr(), scheduledAt: later })
        expect((await queue.get(id))?.task).toMatchObject({ status: 'scheduled', scheduledAt: later })
        expect(await queue.urgent(id, 'ann', false)).toMatchObject({
          kind: 'done',
          task: { status: 'assigned', urgent: true, urgentBy: 'ann', scheduledAt: null },
        })
      })

      it('change a task, or hear that it is so already', async () => {
        const id = await addOne({ assignedJr: newJr() })
        const changes = { title: 'new', priority: 2, tags: ['t'], score: 81.5, channel: 'TikTok' }
        expect(await queue.set(id, changes, 'ann')).toMatchObject({ kind: 'done', task: changes })
        expect(await queue.set(id, changes, 'ann')).toMatchObject({ kind: 'unchanged' })
        await queue.cancel(id, 'ann', 'no')
        const late = await queue.set(id, { title: 'too late' }, 'ann')
        expect(late).toMatchObject({ kind: 'refused', status: 'cancelled', task: { title: 'new' } })
      })

      it('list newest first, filtered and paged', async () => {
        const jr = newJr()
        const ids = await queue.add(
          ['Apple pie', 'banana', 'apple tart'].map((title) => ({ title, assignedJr: jr })),
          'tester',
        )
        const found = await queue.list({ jrName: jr, search: 'APPLE', statuses: ['assigned'], limit: 10 })
        expect(found.map((task) => task.id)).toEqual([ids[2], ids[0]])
        const older = await queue.list({ jrName: jr, before: ids[2] ?? taskId(0), limit: 1 })
        expect(older.map((task) => task.id)).toEqual([ids[1]])
      })

      it('list those whose title or whose Jr is like what is looked for', async () => {
        const jr = jrName(`Sought ${newJr()}`)
        const [titled] = await queue.add([{ title: `ask ${jr}` }], 'tester')
        const [owned] = await queue.add([{ title: 'a task', assignedJr: jr }], 'tester')
        await queue.add([{ title: 'a task' }, { title: 'a task', assignedJr: newJr() }], 'tester')
        const found = await queue.list({ search: jr.toUpperCase(), limit: 10 })
        expect(found.map((task) => task.id)).toEqual([owned, titled])
      })

      it('list those of a channel, however it is spelt, and those of a campaign', async () => {
        const jr = newJr()
        const ids = await queue.add(
          [{ channel: 'TikTok' }, { channel: ' tiktok', campaignId: 7 }, { campaignId: 7 }].map((more) =>
            Object.assign({ title: 't', assignedJr: jr }, more),
          ),
          'tester',
        )
        const listed = async (filter: { channel?: string; campaignId?: number }) =>
          (await queue.list({ jrName: jr, limit: 10, ...filter })).map(({ id }) => id)
        expect(await listed({ channel: 'TIKTOK' })).toEqual([ids[1], ids[0]])
        expect(await listed({ campaignId: 7 })).toEqual([ids[2], ids[1]])
        expect(await listed({ campaignId: 7, channel: 'tiktok' })).toEqual([ids[1]])
      })

      it.each([-0.5, 100.5, Number.NaN, Number.POSITIVE_INFINITY])('refuse the score %d', async (score) => {
        await expect(queue.add([{ title: 't', score }], 'tester')).rejects.toThrow(
          `score is ${score}, allowed is a number from 0 to 100`,
        )
      })

      it('refuse a result that is too deep, and keep one that is just not', async () => {
        const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json
        const { lease, task } = await claimNew()
        const tooDeep = /the result is nested deeper than 100 levels/
        await expect(queue.complete(lease, nested(101))).rejects.toThrow(tooDeep)
        const failure = { kind: 'final', error: 'no', result: nested(5_000) } as const
        await expect(queue.fail(lease, failure)).rejects.toThrow(tooDeep)
        expect(await queue.complete(lease, nested(100))).toEqual({ accepted: true })
        expect(await queue.get(task.id)).toMatchObject({ task: { result: nested(100) } })
      })

      it('list neither results nor the ends of long texts, which one task alone is asked for', async () => {
        const long = 'é'.repeat(2 * listedTextCharacters)
        const result = { words: 'x'.repeat(1_000) }
        const done = await claimNew()
        await queue.complete(done.lease, result)
        const empty = await claimNew()
        await queue.complete(empty.lease, null)
        const told = await claimNew(newJr(), { description: long })
        await queue.fail(told.lease, { kind: 'final', error: long })

        const listed = async ({ jrName: jr }: Claimed) => (await queue.list({ jrName: jr, limit: 1 }))[0]
        const cut = long.slice(0, listedTextCharacters)
        expect(await listed(done)).toMatchObject({ result: null, isCut: true })
        expect(await listed(empty)).toMatchObject({ result: null, isCut: false })
        expect(await listed(told)).toMatchObject({ description: cut, error: cut, isCut: true })
        expect(await queue.get(done.task.id)).toMatchObject({ task: { result } })
        expect(await queue.get(told.task.id)).toMatchObject({ task: { description: long, error: long } })
      })
    })

    describe('presence', () => {
      const beatOf = (jr: string, instance: string, load: number) => ({
        instanceId: instanceId(instance),
        jrNames: [jrName(jr)],
        nodeId: node,
        pid: 42,
        load,
      })
      const rowOf = async (jr: string) => (await queue.jrs()).find((row) => row.jrName === jr)

      it('sums the living instances of a Jr', async () => {
        const jr = newJr()
        await queue.beat(beatOf(jr, `${jr}-a`, 2))
        await queue.beat(beatOf(jr, `${jr}-b`, 1))
        expect(await rowOf(jr)).toMatchObject({ online: true, load: 3 })
        expect((await queue.instances()).filter((one) => one.jrName === jr)).toHaveLength(2)
        await queue.retire(instanceId(`${jr}-a`))
        expect(await rowOf(jr)).toMatchObject({ online: true, load: 1 })
        await queue.retire(instanceId(`${jr}-b`))
        expect(await rowOf(jr)).toMatchObject({ online: false, load: 0 })
      })

      it('ends after silence', async () => {
        const jr = newJr()
        await queue.beat(beatOf(jr, `${jr}-a`, 0))
        await under.advance(200_000)
        expect(await queue.markSilentOffline(300_000)).not.toContain(jr)
        await under.advance(101_000)
        expect(await queue.markSilentOffline(300_000)).toContain(jr)
        expect(await rowOf(jr)).toMatchObject({ online: false })
      })
    })

    describe('events and notices', () => {
      it('tell each change of a task in the order of versions, signed', async () => {
        const cursor = await queue.latestCursor()
        const { task, lease } = await claimNew()
        await queue.progress(lease, 40, 'half-way')
        await queue.complete(lease, { ok: true })
        const { events, cursor: next } = await queue.events(cursor, 100)
        const own = events.filter((event) => event.taskId === task.id)
        expect(own.map(({ version, kind, to }) => [version, kind, to])).toEqual([
          [1, 'inserted', 'assigned'],
          [2, 'updated', 'in_progress'],
          [3, 'updated', 'in_progress'],
          [4, 'updated', 'completed'],
        ])
        expect(own[0]?.actor).toBe('tester')
        expect((await queue.events(next, 100)).events).toEqual([])
      })

      it('are read in pages', async () => {
        let cursor = await queue.latestCursor()
        const ids = await queue.add(
          Array.from({ length: 7 }, () => ({ title: 'paged', assignedJr: newJr() })),
          'tester',
        )
        const seen: TaskId[] = []
        for (let page = 0; page < 4; page += 1) {
          const answer = await queue.events(cursor, 3)
          seen.push(...answer.events.map((event) => event.taskId))
          cursor = answer.cursor
        }
        expect(seen).toEqual(ids)
      })

      it('wake those for whom work became ready', async () => {
        const jr = newJr()
        const told = nextNotice(under.notifier, (one) => one.kind === 'work' && one.jrName === jr)
        await addOne({ assignedJr: jr })
        await told
        const anyone = nextNotice(under.notifier, (one) => one.kind === 'work' && one.jrName === null)
        const changed = nextNotice(under.notifier, (one) => one.kind === 'changed')
        await addOne()
        await Promise.all([anyone, changed])
        expect(under.notifier.listening).toBe(true)
      })
    })
  })
}

/**
 * Every cell that an operation can ask for. `retry()` is ready or replay by what it finds; only a task with a Jr can lose
 * it; a waiting task dies only in an emergency, which no operation here is.
 */
const transitionCases = taskStatuses.flatMap((status) =>
  taskEvents.flatMap((event) =>
    [false, true]
      .filter((assigned) => status !== (assigned ? 'pending' : 'assigned'))
      .filter((assigned) => isExpressible(status, event, assigned))
      .map((assigned) => ({ status, event, assigned })),
  ),
)

function isExpressible(status: TaskStatus, event: TaskEvent, assigned: boolean): boolean {
  const waitsForTime = status === 'retry' || status === 'scheduled'
  if (event === 'ready') return waitsForTime
  if (event === 'replay') return !waitsForTime
  if (event === 'unassign') return assigned
  return event !== 'die' || status === 'in_progress' || isFinished(status)
}

/** Settles with the first notice that matches. */
export function nextNotice(notifier: Notifier, matches: (notice: Notice) => boolean): Promise<Notice> {
  return new Promise((resolve) => {
    const leave = notifier.subscribe((notice) => {
      if (!matches(notice)) return
      leave()
      resolve(notice)
    })
  })
}
