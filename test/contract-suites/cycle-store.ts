import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DecidedAction, Decision } from '../../src/domain/cycle/decision.ts'
import { instanceId, jrName, nodeId, type TaskId } from '../../src/domain/ids.ts'
import type { Task } from '../../src/domain/task.ts'
import type { CycleStore } from '../../src/ports/cycle-store.ts'
import type { Leadership, Mandate } from '../../src/ports/leadership.ts'
import type { Nodes } from '../../src/ports/nodes.ts'
import type { NewTask, TaskQueue } from '../../src/ports/task-queue.ts'

export interface CycleStoreUnderTest {
  store: CycleStore
  queue: TaskQueue
  nodes: Nodes
  leadership: Leadership
  /** Lets time pass for every row. */
  advance(ms: number): Promise<void>
  /** How often the cycle was at a task, by mark. */
  marksOf(id: TaskId): Promise<Record<string, number>>
  dispose(): Promise<void>
}

const leaseMs = 12_000
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const jr = jrName('A Jr.')
const other = jrName('B Jr.')

/** What every record of the cycle promises, and what each of its actions changes. */
export function cycleStoreContract(adapter: string, make: () => Promise<CycleStoreUnderTest>): void {
  describe(`cycle store contract: ${adapter}`, () => {
    let under: CycleStoreUnderTest
    let mandate: Mandate
    let fresh = 0
    beforeAll(async () => {
      under = await make()
    })
    afterAll(() => under.dispose())
    beforeEach(async () => {
      mandate = await lead()
    })

    async function lead(): Promise<Mandate> {
      await under.advance(leaseMs + 1)
      const member = await under.nodes.join({ nodeId: nodeId(`n${(fresh += 1)}`), host: 'm', version: '1' })
      const campaign = await under.leadership.campaign(member, leaseMs)
      if (campaign.kind !== 'leading') throw new Error(`${campaign.leader} leads`)
      return campaign.mandate
    }
    const decisionOf = (action: DecidedAction, rule = 'a_rule'): Decision => ({
      id: `${mandate.term}-1-${(fresh += 1)}`,
      rule,
      priority: 5,
      reason: 'it was time',
      ...action,
    })
    async function intend(decision: Decision, cooldownMs = minuteMs): Promise<Decision> {
      expect(await under.store.intend(mandate, [{ decision, cooldownMs }], false)).toMatchObject({
        led: true,
      })
      return decision
    }
    /** Acts, and what came of it. */
    async function act(
      action: DecidedAction,
    ): Promise<{ changed: TaskId[]; note: string; decision: Decision }> {
      const decision = await intend(decisionOf(action))
      const done = await under.store.act(mandate, decision)
      if (!done.led) throw new Error('deposed')
      return { ...done.result, decision }
    }
    const add = async (...tasks: Partial<NewTask>[]): Promise<TaskId[]> =>
      under.queue.add(
        tasks.map((task) => Object.assign({ title: 'a task' }, task)),
        'tester',
      )
    const addOne = async (task: Partial<NewTask> = {}): Promise<TaskId> => (await add(task))[0] as TaskId
    const find = async (id: TaskId): Promise<Task> => {
      const found = await under.queue.get(id)
      if (found === null) throw new Error(`task ${id} is gone`)
      return found.task
    }
    /** The columns that an action changed, as they are now. */
    async function changesOf(id: TaskId, work: () => Promise<unknown>): Promise<Partial<Task>> {
      const before = await find(id)
      await work()
      const after = await find(id)
      return Object.fromEntries(
        Object.entries(after).filter(
          ([key, value]) =>
            key !== 'version' && JSON.stringify(before[key as keyof Task]) !== JSON.stringify(value),
        ),
      )
    }
    const beat = (name = jr) =>
      under.queue.beat({
        instanceId: instanceId(`${name} here`),
        jrNames: [name],
        nodeId: nodeId('workers'),
        pid: 1,
        load: 0,
      })
    async function fail(id: TaskId, kind: 'attempt' | 'final'): Promise<Task> {
      const name = jrName(`Failing Jr. ${(fresh += 1)}`)
      await under.queue.set(id, { assignedJr: name }, 'tester')
      const [claimed] = await under.queue.claim({
        jrNames: [name],
        acceptUnassigned: false,
        instanceId: instanceId('failing'),
        nodeId: nodeId('workers'),
        leaseMs: minuteMs,
        keyHashes: [`key ${(fresh += 1)}`],
      })
      if (claimed === undefined) throw new Error('nothing to claim')
      await under.queue.fail(claimed.lease, { kind, error: 'no luck' })
      return find(id)
    }

    describe('promote_task', () => {
      it('gives a waiting task priority 1, and changes nothing else', async () => {
        const id = await addOne({ score: 90 })
        expect(await changesOf(id, () => act({ action: 'promote_task', tasks: [id] }))).toEqual({
          priority: 1,
        })
      })

      it('leaves a task before where somebody put it, and one that does not wait', async () => {
        const [first, done, later] = (await add({ priority: 0 }, {}, {})) as [TaskId, TaskId, TaskId]
        await under.queue.cancel(done, 'tester', 'no')
        const { changed, note } = await act({ action: 'promote_task', tasks: [first, done, later] })
        expect(changed).toEqual([later])
        expect(note).toBe(`promoted 1 task #${later}; 2 left alone, no longer as when it was decided`)
        expect(await find(first)).toMatchObject({ priority: 0 })
        // It was looked at, and so is left alone for a while; what does not wait was not.
        expect([await under.marksOf(first), await under.marksOf(done)]).toEqual([{ promote_task: 1 }, {}])
      })
    })

    describe('downgrade_task', () => {
      it('puts a waiting task off, and a scheduled one by so much more', async () => {
        const [waiting, scheduled] = (await add({}, { scheduledAt: Date.now() + 400 * dayMs })) as [
          TaskId,
          TaskId,
        ]
        const before = await find(scheduled)
        const decided: DecidedAction = { action: 'downgrade_task', tasks: [waiting, scheduled], byMs: dayMs }
        const changes = await changesOf(waiting, () => act(decided))
        expect(changes).toEqual({ status: 'scheduled', scheduledAt: expect.any(Number) })
        const { takenAt } = (await look()).sections
        expect(Math.abs((changes.scheduledAt ?? 0) - takenAt - dayMs)).toBeLessThan(minuteMs)
        expect(await find(scheduled)).toMatchObject({ scheduledAt: (before.scheduledAt ?? 0) + dayMs })
      })

      it('leaves what is urgent, and retries', async () => {
        const [urgent, retry] = (await add({ urgent: true }, {})) as [TaskId, TaskId]
        await fail(retry, 'attempt')
        const { changed } = await act({ action: 'downgrade_task', tasks: [urgent, retry], byMs: dayMs })
        expect(changed).toEqual([])
      })
    })

    describe('force_run', () => {
      it('puts a task before all that is not urgent, out of the line of a Jr who is not there', async () => {
        const id = await addOne({ assignedJr: 'Gone Jr.', priority: 7 })
        expect(await changesOf(id, () => act({ action: 'force_run', tasks: [id] }))).toEqual({
          status: 'pending',
          assignedJr: null,
          priority: 1,
          sacredFirePriority: 8,
        })
        expect(await find(id)).toMatchObject({ urgent: false })
      })

      it('clears a schedule and leaves a task with a Jr who is there', async () => {
        await beat()
        const id = await addOne({
          assignedJr: jr,
          scheduledAt: Date.now() + 400 * dayMs,
          sacredFirePriority: 10,
        })
        const changes = await changesOf(id, () => act({ action: 'force_run', tasks: [id] }))
        expect(changes).toEqual({ status: 'assigned', scheduledAt: null, priority: 1 })
      })
    })

    describe('schedule_task', () => {
      it('puts a task into its window, or makes it ready now', async () => {
        const at = Date.now() + 400 * dayMs
        const [later, now] = (await add({}, { scheduledAt: at })) as [TaskId, TaskId]
        const decided: DecidedAction = {
          action: 'schedule_task',
          tasks: [
            { id: later, at },
            { id: now, at: null },
          ],
        }
        const { changed, note } = await act(decided)
        expect(changed).toEqual([later, now])
        expect(note).toBe(`made ready 1 task #${now}, scheduled 1 task #${later}`)
        expect(await find(later)).toMatchObject({ status: 'scheduled', scheduledAt: at })
        expect(await find(now)).toMatchObject({ status: 'pending', scheduledAt: null })
      })

      it('changes nothing of a task that is so already, and puts no urgent one off', async () => {
        const [ready, urgent] = (await add({}, { urgent: true })) as [TaskId, TaskId]
        const { changed } = await act({
          action: 'schedule_task',
          tasks: [
            { id: ready, at: null },
            { id: urgent, at: Date.now() + 400 * dayMs },
          ],
        })
        expect(changed).toEqual([])
        expect(await under.marksOf(ready)).toEqual({ schedule_task: 1 })
      })
    })

    describe('retry_failed', () => {
      it('brings a retry forward, its attempts and error kept', async () => {
        const id = await addOne()
        await fail(id, 'attempt')
        const changes = await changesOf(id, () => act({ action: 'retry_failed', retries: [id], deaths: [] }))
        expect(changes).toEqual({ status: 'assigned', scheduledAt: null })
        expect(await find(id)).toMatchObject({ attempts: 1, error: 'no luck' })
      })

      it('replays a dead letter from its first attempt, of that death alone, twice at most', async () => {
        const id = await addOne()
        const replay = async () => {
          const { version } = await fail(id, 'final')
          const stale = await act({
            action: 'retry_failed',
            retries: [],
            deaths: [{ taskId: id, version: version - 1 }],
          })
          expect(stale.changed).toEqual([])
          return act({ action: 'retry_failed', retries: [], deaths: [{ taskId: id, version }] })
        }
        expect(await replay()).toMatchObject({ changed: [id], note: `replayed 1 task #${id}` })
        expect(await find(id)).toMatchObject({
          status: 'assigned',
          attempts: 0,
          error: null,
          completedAt: null,
          startedAt: null,
        })
        expect((await replay()).changed).toEqual([id])
        expect((await replay()).changed).toEqual([])
        expect(await under.marksOf(id)).toEqual({ replay_dead: 2 })
        expect(await find(id)).toMatchObject({ status: 'failed' })
      })
    })

    describe('rebalance_queue', () => {
      it('moves waiting tasks to other lines and to nobody’s', async () => {
        const [moved, freed, elsewhere] = (await add(
          { assignedJr: jr },
          { assignedJr: jr },
          { assignedJr: other },
        )) as [TaskId, TaskId, TaskId]
        const { changed, note } = await act({
          action: 'rebalance_queue',
          moves: [
            { taskId: moved, from: jr, to: other },
            { taskId: freed, from: jr, to: null },
            // It is in another line by now.
            { taskId: elsewhere, from: jr, to: null },
          ],
          deadLetters: [],
        })
        expect(changed).toEqual([moved, freed])
        expect(note).toBe(
          `moved 2 tasks #${moved}, #${freed}; 1 left alone, no longer as when it was decided`,
        )
        expect(await find(moved)).toMatchObject({ assignedJr: other, status: 'assigned' })
        expect(await find(freed)).toMatchObject({ assignedJr: null, status: 'pending' })
        expect(await find(elsewhere)).toMatchObject({ assignedJr: other })
      })

      it('dead-letters only what has waited for over two hours, with a reason, and it can be replayed', async () => {
        const old = await addOne()
        await under.advance(3 * hourMs)
        mandate = await lead()
        const young = await addOne()
        const { changed, decision } = await act({
          action: 'rebalance_queue',
          moves: [],
          deadLetters: [old, young],
        })
        expect(changed).toEqual([old])
        expect(await find(old)).toMatchObject({
          status: 'failed',
          error: expect.stringContaining(`in an emergency (a_rule, decision ${decision.id}): it was time`),
          completedAt: expect.any(Number),
        })
        await under.queue.retry(old, 'tester')
        expect(await find(old)).toMatchObject({ status: 'pending', error: null })
      })

      it('gives nothing up that it moved within ten minutes', async () => {
        const old = await addOne({ assignedJr: jr })
        await under.advance(3 * hourMs)
        mandate = await lead()
        const moves = [{ taskId: old, from: jr, to: other }]
        await act({ action: 'rebalance_queue', moves, deadLetters: [] })
        const giveUp = async () =>
          (await act({ action: 'rebalance_queue', moves: [], deadLetters: [old] })).changed
        expect(await giveUp()).toEqual([])
        await under.advance(hourMs / 5)
        mandate = await lead()
        expect(await giveUp()).toEqual([old])
      })
    })

    it('does nothing a second time, and answers what was done', async () => {
      const [id, second] = (await add({}, {})) as [TaskId, TaskId]
      const { decision, changed, note } = await act({ action: 'promote_task', tasks: [id, id] })
      await under.queue.set(id, { priority: 9 }, 'tester')
      const again = await under.store.act(mandate, decision)
      expect(again).toEqual({ led: true, result: { changed, note } })
      expect(await find(id)).toMatchObject({ priority: 9 })
      expect(await under.marksOf(id)).toEqual({ promote_task: 1 })
      // Nor what was settled otherwise before it was acted upon.
      const failed = await intend(decisionOf({ action: 'promote_task', tasks: [second] }))
      await under.store.settle(mandate, failed.id, { error: 'too late' })
      expect(await under.store.act(mandate, failed)).toMatchObject({ result: { changed: [] } })
      expect(await find(second)).toMatchObject({ priority: 5 })
    })

    it('writes nothing for a leader who leads no more', async () => {
      const id = await addOne()
      const decision = await intend(decisionOf({ action: 'promote_task', tasks: [id] }))
      const deposed = mandate
      const { store } = under
      await lead()
      const never = { ...decision, id: 'never' }
      expect([
        await store.act(deposed, decision),
        await store.intend(deposed, [{ decision: never, cooldownMs: 1 }], false),
        await store.settle(deposed, decision.id, { error: 'no' }),
        await store.measured(deposed, [{ id: decision.id, outcome: 'cleared' }]),
        await store.recount(deposed),
        await store.prune(deposed, { decisionsMs: 0, marksMs: 0 }, 100),
      ]).toEqual(Array.from({ length: 6 }, () => ({ led: false })))
      expect(await find(id)).toMatchObject({ priority: 5 })
      const known = await store.decisions({ limit: 1_000 })
      expect(known.find((record) => record.decision.id === 'never')).toBeUndefined()
      expect(known.find((record) => record.decision.id === decision.id)?.state).toBe('intended')
    })

    it('keeps decisions with what became of them, and lets rules rest', async () => {
      const { store } = under
      const rule = `rule_${(fresh += 1)}`
      const one = decisionOf({ action: 'trigger_reconciliation' }, rule)
      await intend(one, 30_000)
      expect((await store.openIntents()).map((record) => record.decision)).toContainEqual(one)
      const resting = await look()
      expect((resting.rests[rule] ?? 0) - resting.sections.takenAt).toBeGreaterThan(20_000)
      expect(resting.openIntents).toBeGreaterThan(0)
      expect(await store.rests()).toHaveProperty(rule)

      await store.settle(mandate, one.id, { result: { changed: [], note: 'nothing was amiss' } })
      // It has ended as it ended.
      await store.settle(mandate, one.id, { error: 'no' })
      expect(await recordOf(rule)).toMatchObject({
        decision: one,
        state: 'executed',
        result: { changed: [], note: 'nothing was amiss' },
        error: null,
        outcome: null,
        nodeId: mandate.nodeId,
      })
      expect((await look()).unmeasured.map((record) => record.decision.id)).not.toContain(one.id)
      await under.advance(31_000)
      mandate = await lead()
      expect((await look()).unmeasured.map((record) => record.decision.id)).toContain(one.id)
      await store.measured(mandate, [{ id: one.id, outcome: 'persists' }])
      await store.measured(mandate, [{ id: one.id, outcome: 'cleared' }])
      expect(await recordOf(rule)).toMatchObject({ outcome: 'persists', measuredAt: expect.any(Number) })
      expect((await look()).unmeasured.map((record) => record.decision.id)).not.toContain(one.id)
    })

    it('records what was only observed, which is never acted upon', async () => {
      const id = await addOne()
      const decision = decisionOf({ action: 'promote_task', tasks: [id] }, `watched_${(fresh += 1)}`)
      await under.store.intend(mandate, [{ decision, cooldownMs: minuteMs }], true)
      expect(await recordOf(decision.rule)).toMatchObject({ state: 'observed', settledAt: null })
      expect(await under.store.act(mandate, decision)).toMatchObject({ result: { changed: [] } })
      expect(await find(id)).toMatchObject({ priority: 5 })
    })

    it('keeps the switch, and who turned it', async () => {
      const { store } = under
      const on = await store.setEnabled(true, 'ada')
      expect(on).toMatchObject({ enabled: true, by: 'ada' })
      expect(await store.setEnabled(true, 'bob')).toMatchObject({ by: 'ada' })
      expect(await store.setEnabled(false, 'bob')).toMatchObject({ enabled: false, by: 'bob' })
      expect(await store.readSwitch()).toMatchObject({ enabled: false, by: 'bob' })
      expect((await look()).switch).toMatchObject({ enabled: false })
    })

    it('keeps what was told of the health for the next leader, and nothing of one who leads no more', async () => {
      const { store } = under
      expect(await store.readHealthTold()).toBeNull()
      expect(await store.keepHealthTold(mandate, 'degraded')).toMatchObject({ led: true })
      const before = mandate
      mandate = await lead()
      expect(await store.keepHealthTold(before, 'healthy')).toEqual({ led: false })
      expect(await store.readHealthTold()).toBe('degraded')
      await store.keepHealthTold(mandate, 'critical')
      expect(await store.readHealthTold()).toBe('critical')
    })

    it('forgets old decisions and marks, but none that is open', async () => {
      const id = await addOne()
      const { decision } = await act({ action: 'promote_task', tasks: [id] })
      const open = await intend(decisionOf({ action: 'trigger_reconciliation' }))
      await under.advance(3 * dayMs)
      mandate = await lead()
      const pruned = await under.store.prune(mandate, { decisionsMs: 2 * dayMs, marksMs: 2 * dayMs }, 1_000)
      expect(pruned.led && pruned.result).toBeGreaterThanOrEqual(2)
      const known = (await under.store.decisions({ limit: 1_000 })).map((record) => record.decision.id)
      expect(known).toContain(open.id)
      expect(known).not.toContain(decision.id)
      expect(await under.marksOf(id)).toEqual({})
      await under.store.settle(mandate, open.id, { error: 'over' })
    })

    const look = () =>
      under.store.look({
        offlineAfterMs: 5 * minuteMs,
        periodsMs: {
          schedule_task: hourMs,
          retry_failed: hourMs,
          trigger_reconciliation: 0,
          promote_task: hourMs,
          downgrade_task: dayMs,
          force_run: hourMs,
          rebalance_queue: hourMs,
        },
      })
    const recordOf = async (rule: string) => (await under.store.decisions({ rule, limit: 1 }))[0]
  })
}
