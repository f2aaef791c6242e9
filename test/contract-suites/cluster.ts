import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instanceId, jrName, nodeId, type TaskId } from '../../src/domain/ids.ts'
import type { ClusterDuties } from '../../src/ports/cluster-duties.ts'
import type { Leadership, Mandate } from '../../src/ports/leadership.ts'
import type { Member, Nodes } from '../../src/ports/nodes.ts'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'
import type { NewTask, TaskQueue } from '../../src/ports/task-queue.ts'

export interface ClusterUnderTest {
  nodes: Nodes
  leadership: Leadership
  duties: ClusterDuties
  queue: TaskQueue
  /** Started. */
  notifier: Notifier
  /** Lets time pass for every row: the past moves away by so much. */
  advance(ms: number): Promise<void>
  /** `UPDATE … SET status='in_progress'` by a program that keeps no lease. */
  claimForeign(id: TaskId): Promise<void>
  dispose(): Promise<void>
}

const leaseMs = 12_000
const minuteMs = 60_000
const dayMs = 86_400_000
const machine = { host: 'machine', version: '1.2.3' }

/** What every fleet's common knowledge promises. One serves the whole suite; nobody leads when a test begins. */
export function clusterContract(name: string, make: () => Promise<ClusterUnderTest>): void {
  describe(`cluster contract: ${name}`, () => {
    let under: ClusterUnderTest
    beforeAll(async () => {
      under = await make()
    })
    afterAll(() => under.dispose())

    let fresh = 0
    const card = (id = `node-${(fresh += 1)}`) => ({ nodeId: nodeId(id), ...machine })
    const join = (id?: string): Promise<Member> => under.nodes.join(card(id))
    /** A member who leads; any other leader's lease has run out. */
    async function lead(member?: Member): Promise<Mandate> {
      await under.advance(leaseMs + 1)
      const campaign = await under.leadership.campaign(member ?? (await join()), leaseMs)
      if (campaign.kind !== 'leading') throw new Error(`${campaign.leader} leads`)
      return campaign.mandate
    }
    const add = (...tasks: Partial<NewTask>[]): Promise<TaskId[]> =>
      under.queue.add(
        tasks.map((task) => Object.assign({ title: 'a task' }, task)),
        'tester',
      )
    const find = async (id: TaskId) => (await under.queue.get(id))?.task
    const beat = (jr: string, load = 0, node = 'node-of-workers') =>
      under.queue.beat({
        instanceId: instanceId(`${jr} on ${node}`),
        jrNames: [jrName(jr)],
        nodeId: nodeId(node),
        pid: 1,
        load,
      })

    describe('nodes', () => {
      it('counts the starts of a node', async () => {
        const first = await join('again')
        const second = await join('again')
        expect([first.epoch, second.epoch]).toEqual([1, 2])
      })

      it('lists who is there, and who said goodbye', async () => {
        const [stays, goes] = [await join(), await join()]
        await under.advance(5_000)
        await under.nodes.beat(goes, card(goes.nodeId))
        await under.nodes.leave(goes)
        const listed = await under.nodes.list()
        const [one, other] = [stays, goes].map((member) =>
          listed.find((node) => node.nodeId === member.nodeId),
        )
        expect(one).toMatchObject({ ...machine, epoch: 1, ended: false })
        expect(one?.lastSeenAgeMs).toBeGreaterThanOrEqual(5_000)
        expect(other).toMatchObject({ ended: true })
        expect(other?.lastSeenAgeMs).toBeLessThan(5_000)
      })

      it('hears no more of a start that was followed by another', async () => {
        const old = await join('copied')
        const current = await join('copied')
        expect(await under.nodes.beat(old, card('copied'))).toBe(false)
        expect(await under.nodes.beat(current, card('copied'))).toBe(true)
        await under.nodes.leave(old)
        expect((await under.nodes.list()).find((node) => node.nodeId === 'copied')?.ended).toBe(false)
      })

      it('keeps what a node says that its Jrs accept, until it says otherwise', async () => {
        const member = await join()
        const stated = [
          { jrName: jrName('Picky Jr.'), accepts: { tags: ['code'], when: null } },
          { jrName: jrName('Choosy Jr.'), accepts: { tags: null, when: 'priority <= 3' } },
        ]
        const ours = async () =>
          (await under.duties.acceptances()).filter(({ jrName: jr }) => /Picky|Choosy/.test(jr))
        const byName = stated.toReversed()
        await under.nodes.declare(member, stated)
        expect(await ours()).toEqual(expect.arrayContaining(byName))
        await under.nodes.declare(member, stated.slice(0, 1))
        expect(await ours()).toEqual(stated.slice(0, 1))
        await under.nodes.leave(member)
        expect(await ours()).toEqual([])
        // Its workers live on.
        await beat('Picky Jr.', 0, member.nodeId)
        expect(await ours()).toEqual(stated.slice(0, 1))
      })
    })

    describe('leadership', () => {
      it('is of one node at a time, for as long as it renews its lease', async () => {
        const mandate = await lead()
        const other = await join()
        expect(await under.leadership.campaign(other, leaseMs)).toMatchObject({
          kind: 'following',
          leader: mandate.nodeId,
        })
        await under.advance(leaseMs - 2_000)
        expect(await under.leadership.campaign(mandate, leaseMs)).toEqual({ kind: 'leading', mandate })
        await under.advance(leaseMs - 2_000)
        const refused = await under.leadership.campaign(other, leaseMs)
        expect(refused).toMatchObject({ kind: 'following', leader: mandate.nodeId })
        expect(refused.kind === 'following' && refused.expiresInMs).toBeLessThanOrEqual(2_000)
        expect(await under.leadership.leader()).toMatchObject({ ...mandate })
      })

      it('passes on when the lease runs out, and the term goes up', async () => {
        const first = await lead()
        await under.advance(leaseMs + 1)
        expect(await under.leadership.leader()).toBeNull()
        const next = await under.leadership.campaign(await join(), leaseMs)
        expect(next).toMatchObject({ kind: 'leading', mandate: { term: first.term + 1 } })
        expect(await under.leadership.campaign(first, leaseMs)).toMatchObject({ kind: 'following' })
      })

      it('is at once that of a new start of the same node, in a new term', async () => {
        const first = await lead(await join('restarted'))
        const again = await join('restarted')
        const next = { ...again, term: first.term + 1 }
        expect(await under.leadership.campaign(again, leaseMs)).toEqual({ kind: 'leading', mandate: next })
        expect(await under.leadership.campaign(first, leaseMs)).toMatchObject({ kind: 'following' })
        expect(await under.duties.foldCounts(first)).toEqual({ led: false })
      })

      it('begins a new term when a leader takes up its lapsed lease', async () => {
        const first = await lead()
        expect((await lead(first)).term).toBe(first.term + 1)
      })

      it('is not for a start that was followed by another', async () => {
        const old = await join('displaced')
        await join('displaced')
        await under.advance(leaseMs + 1)
        expect(await under.leadership.campaign(old, leaseMs)).toMatchObject({
          kind: 'following',
          leader: null,
        })
      })

      it('is free at once after a resignation, of which all are told', async () => {
        const mandate = await lead()
        const heard = new Promise<Notice>((resolve) => {
          const stop = under.notifier.subscribe((notice) => {
            if (notice.kind !== 'leader') return
            stop()
            resolve(notice)
          })
        })
        await under.leadership.resign(mandate)
        expect(await heard).toEqual({ kind: 'leader' })
        expect(await under.leadership.campaign(await join(), leaseMs)).toMatchObject({
          kind: 'leading',
          mandate: { term: mandate.term + 1 },
        })
      })

      it('is not given up by one who holds it no more', async () => {
        const old = await lead()
        const current = await lead()
        await under.leadership.resign(old)
        expect(await under.leadership.leader()).toMatchObject({ ...current })
      })
    })

    describe('duties', () => {
      it('offers unassigned ready tasks in the order of claims', async () => {
        const [late, early, urgent, taken] = await add(
          { priority: 9, tags: ['code'] },
          { priority: 1 },
          { priority: 9, urgent: true },
          { assignedJr: 'Somebody Jr.' },
        )
        const offered = (await under.duties.unassigned(0, 1_000)).map(({ id }) => id)
        const ours = new Set([late, early, urgent, taken])
        expect(offered.filter((id) => ours.has(id))).toEqual([urgent, early, late])
        expect(await under.duties.countUnassigned(1_000)).toBe(offered.length)
        expect(await under.duties.countUnassigned(2)).toBe(2)
        expect((await under.duties.unassigned(1, 2)).map(({ id }) => id)).toEqual(offered.slice(1, 3))
        expect((await under.duties.unassigned(0, 1_000)).find(({ id }) => id === late)).toMatchObject({
          title: 'a task',
          priority: 9,
          urgent: false,
          tags: ['code'],
        })
      })

      it('knows who is online, with what waits for them', async () => {
        await beat('Idle Jr.')
        await beat('Busy Jr.', 2)
        await beat('Gone Jr.')
        await add({ assignedJr: 'Busy Jr.' }, { assignedJr: 'Busy Jr.' })
        await under.queue.retire(instanceId('Gone Jr. on node-of-workers'))
        const online = await under.duties.onlineJrs(5 * minuteMs)
        expect(online).toEqual(
          expect.arrayContaining([
            { jrName: 'Busy Jr.', load: 4 },
            { jrName: 'Idle Jr.', load: 0 },
          ]),
        )
        expect(online.map(({ jrName: jr }) => jr)).not.toContain('Gone Jr.')
        await under.advance(6 * minuteMs)
        expect(await under.duties.onlineJrs(5 * minuteMs)).toEqual([])
      })

      it('knows for whom tasks wait that nobody has ever seen', async () => {
        await beat('Seen Jr.')
        const unseen = () => under.duties.unseenJrs(100, 2)
        const ours = async () =>
          (await unseen()).filter(({ jrName: jr }) => /^(Seen|Unseen|Mistyped) Jr/.test(jr))
        await add(
          { assignedJr: 'Seen Jr.' },
          ...['a', 'b', 'c'].map((title) => ({ title, assignedJr: 'Unseen Jr.' })),
        )
        const [gone] = await add({ assignedJr: 'Mistyped Jr.' })
        expect(await ours()).toEqual([
          { jrName: 'Mistyped Jr.', tasks: 1 },
          { jrName: 'Unseen Jr.', tasks: 2 },
        ])
        await under.queue.cancel(gone as TaskId, 'tester', 'no')
        await beat('Unseen Jr.')
        expect(await ours()).toEqual([])
        expect((await under.duties.unseenJrs(1, 2)).length).toBeLessThanOrEqual(1)
      })

      it('assigns what is still unassigned', async () => {
        const mandate = await lead()
        const [free, taken, gone] = await add({}, { assignedJr: 'Somebody Jr.' }, {})
        await under.queue.cancel(gone as TaskId, 'tester', 'no')
        const placements = [free, taken, gone].map((id) => ({
          taskId: id as TaskId,
          jrName: jrName('New Jr.'),
        }))
        expect(await under.duties.assign(mandate, placements)).toEqual({ led: true, result: [free] })
        expect(await find(free as TaskId)).toMatchObject({ status: 'assigned', assignedJr: 'New Jr.' })
        expect(await find(taken as TaskId)).toMatchObject({ assignedJr: 'Somebody Jr.' })
        expect(await find(gone as TaskId)).toMatchObject({ status: 'cancelled', assignedJr: null })
      })

      it('rescues stuck tasks and marks silent Jrs offline', async () => {
        const [id] = await add({ assignedJr: 'Stuck Jr.' })
        await under.claimForeign(id as TaskId)
        await beat('Silent Jr.')
        await under.advance(31 * minuteMs)
        const mandate = await lead()
        const rescued = await under.duties.rescueStuck(mandate, 30 * minuteMs)
        expect(rescued).toMatchObject({ led: true, result: [{ taskId: id, status: 'assigned' }] })
        const silent = await under.duties.markSilentOffline(mandate, 5 * minuteMs)
        expect(silent.led && silent.result).toContain('Silent Jr.')
        expect((await under.queue.jrs()).find(({ jrName: jr }) => jr === 'Silent Jr.')?.online).toBe(false)
      })

      it('deletes finished tasks that are old enough, and nothing else', async () => {
        const ids = await add({}, {}, {}, {})
        const [done, dead, waiting, young] = ids as [TaskId, TaskId, TaskId, TaskId]
        await under.queue.cancel(done, 'tester', 'no')
        await finish(dead)
        await under.advance(31 * dayMs)
        await under.queue.cancel(young, 'tester', 'no')
        const mandate = await lead()
        const ages = { finishedMs: 30 * dayMs, deadMs: 90 * dayMs }
        expect(await under.duties.pruneTasks(mandate, ages, done - 1, 100)).toEqual({
          led: true,
          result: { deleted: 1, seen: 4, lastId: young, firstKeptId: dead, isYoung: false },
        })
        expect(await Promise.all(ids.map(async (id) => (await find(id))?.status))).toEqual([
          undefined,
          'failed',
          'pending',
          'cancelled',
        ])
        await under.advance(60 * dayMs)
        const again = await lead()
        const noMore = { finishedMs: null, deadMs: 90 * dayMs }
        expect(await under.duties.pruneTasks(again, noMore, done - 1, 100)).toMatchObject({
          result: { deleted: 1, seen: 3, firstKeptId: waiting },
        })
        expect(await find(young)).toMatchObject({ status: 'cancelled' })
      })

      it('says when all that is left is young, page by page', async () => {
        const ids = await add({}, {}, {})
        const mandate = await lead()
        const ages = { finishedMs: dayMs, deadMs: null }
        expect(await under.duties.pruneTasks(mandate, ages, Number(ids[0]) - 1, 2)).toEqual({
          led: true,
          result: { deleted: 0, seen: 2, lastId: ids[1], firstKeptId: ids[0], isYoung: true },
        })
        expect(await under.duties.pruneTasks(mandate, ages, Number(ids[2]), 2)).toEqual({
          led: true,
          result: { deleted: 0, seen: 0, lastId: null, firstKeptId: null, isYoung: true },
        })
      })

      it.each(['lapsed', 'resigned', 'followed'] as const)(
        'refuses every write of a leader who has %s',
        async (how) => {
          const [free, stuck, over] = (await add({}, { assignedJr: 'Stuck Jr.' }, {})) as [
            TaskId,
            TaskId,
            TaskId,
          ]
          await under.claimForeign(stuck)
          await under.queue.cancel(over, 'tester', 'no')
          await beat('Quiet Jr.')
          await under.advance(40 * dayMs)
          const mandate = await lead()
          if (how === 'lapsed') await under.advance(leaseMs + 1)
          if (how === 'resigned') await under.leadership.resign(mandate)
          if (how === 'followed') await lead()
          const { duties } = under
          expect([
            await duties.assign(mandate, [{ taskId: free, jrName: jrName('New Jr.') }]),
            await duties.rescueStuck(mandate, minuteMs),
            await duties.markSilentOffline(mandate, minuteMs),
            await duties.foldCounts(mandate),
            await duties.pruneTasks(mandate, { finishedMs: dayMs, deadMs: dayMs }, 0, 1_000),
            await duties.pruneEvents(mandate, dayMs, 0, 1_000),
          ]).toEqual(Array.from({ length: 6 }, () => ({ led: false })))
          expect(await find(free)).toMatchObject({ assignedJr: null, status: 'pending' })
          expect(await find(stuck)).toMatchObject({ status: 'in_progress' })
          expect(await find(over)).toMatchObject({ status: 'cancelled' })
          expect((await under.queue.jrs()).find(({ jrName: jr }) => jr === 'Quiet Jr.')?.online).toBe(true)
        },
      )
    })

    async function finish(id: TaskId): Promise<void> {
      const jr = jrName(`Finisher ${id}`)
      await under.queue.set(id, { assignedJr: jr }, 'tester')
      const [claimed] = await under.queue.claim({
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instanceId('finisher'),
        nodeId: nodeId('node-of-workers'),
        leaseMs: minuteMs,
        keyHashes: [`key of ${id}`],
      })
      if (claimed === undefined) throw new Error('nothing to claim')
      await under.queue.fail(claimed.lease, { kind: 'final', error: 'no luck' })
    }
  })
}
