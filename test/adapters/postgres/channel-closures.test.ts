import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createChannelClosures } from '../../../src/adapters/postgres/channel-closures.ts'
import { createLeadership } from '../../../src/adapters/postgres/leadership.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { channelOf } from '../../../src/adapters/postgres/queue-expressions.ts'
import { statement as claimStatement } from '../../../src/adapters/postgres/sql/claim.ts'
import { statement as carryAlongStatement } from '../../../src/adapters/postgres/sql/carry-along.ts'
import { statement as putOffStatement } from '../../../src/adapters/postgres/sql/put-off-closed.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { channelKey } from '../../../src/domain/channel.ts'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import type { NewTask, TaskQueue } from '../../../src/ports/task-queue.ts'
import { claimOne } from '../../support/claim.ts'
import { buffersOf, explain, nodes } from './support/plan.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const minute = 60_000
const leaseMs = 12_000
const jr = jrName('Research Jr.')
let database: QueueDatabase
let queue: TaskQueue
beforeAll(async () => {
  database = await queueDatabase()
  // Claims begin at the heads of their lines, however busy the machine is.
  queue = createTaskQueue(database.db)
})
beforeEach(() =>
  database.db.query(
    `truncate jr_work_queue, jr_events, jr_attempts, jr_task_state, jr_task_counts, jr_nodes, jr_leader, jr_channels`,
  ),
)
afterAll(() => database.dispose())

const closures = () => createChannelClosures(database.db)

async function reign(node = 'a'): Promise<Mandate> {
  const member = await createNodes(database.db).join({ nodeId: nodeId(node), host: 'machine', version: '1' })
  const campaign = await createLeadership(database.db).campaign(member, leaseMs)
  if (campaign.kind !== 'leading') throw new Error(`${campaign.leader} leads`)
  return campaign.mandate
}

/** Closed from a time on until another, in minutes from now. */
async function close(mandate: Mandate, from: number, until: number, channel = 'tiktok') {
  const now = await closures().now()
  return closures().declare(mandate, [
    { channel, fromMs: now + from * minute, untilMs: now + until * minute },
  ])
}

const add = async (...tasks: Partial<NewTask>[]) =>
  queue.add(
    tasks.map((task) => Object.assign({ title: 't', assignedJr: jr }, task)),
    'ann',
  )
const claim = async () =>
  (
    await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: true,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
    })
  )?.task.id ?? null

describe('a channel that is closed', () => {
  it('gives no task to any claimer, and keeps none from the other tasks behind them', async () => {
    const [closed, urgent, other, plain, unassigned] = await add(
      { channel: 'TikTok ', priority: 1 },
      { channel: 'tiktok', urgent: true },
      { channel: 'youtube', priority: 2 },
      { priority: 3 },
      { channel: 'tiktok', assignedJr: null },
    )
    await close(await reign(), -1, 60)
    expect([await claim(), await claim(), await claim()]).toEqual([other, plain, null])
    await close(await reign(), 10, 60)
    expect([await claim(), await claim(), await claim()]).toEqual([urgent, closed, unassigned])
  })

  it('has the same name here and there, however it is spelt', async () => {
    const spelling = fc.string({
      unit: fc.constantFrom('a', 'Z', ' ', 'Ü', 'ß', 'İ', '\t', "'"),
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(spelling, async (name) => {
        const [row] = await database.db.query<{ key: string }>(
          `select ${channelOf('q')} as key from (select $1::text as channel) q`,
          [name],
        )
        expect(row?.key).toBe(channelKey(name))
      }),
      { numRuns: 50 },
    )
  })

  it('opens and closes by the database’s clock, whether or not somebody leads', async () => {
    await add({ channel: 'tiktok' }, { channel: 'tiktok' })
    await close(await reign(), 10, 20)
    expect(await claim()).not.toBeNull()
    // Minutes later: the row lies in the past by so much more.
    const later = (minutes: number) =>
      database.db.query(
        `update jr_channels set closed_from = closed_from - $1::int * interval '1 minute',
           closed_until = closed_until - $1::int * interval '1 minute'`,
        [minutes],
      )
    await later(11)
    expect(await claim()).toBeNull()
    await later(10)
    expect(await claim()).not.toBeNull()
  })

  it('has its ready tasks put off to the opening, some at a time, and no others', async () => {
    const ids = await add(
      { channel: 'TIKTOK' },
      { channel: 'tiktok', assignedJr: null },
      { channel: 'tiktok', scheduledAt: Date.now() + 120 * minute },
      { channel: 'youtube' },
      {},
    )
    const mandate = await reign()
    await close(mandate, -1, 60)
    expect(await closures().putOff(mandate, 1)).toEqual({ led: true, result: [ids[0]] })
    expect(await closures().putOff(mandate, 10)).toEqual({ led: true, result: [ids[1]] })
    expect(await closures().putOff(mandate, 10)).toEqual({ led: true, result: [] })
    const now = await closures().now()
    const tasks = await Promise.all(ids.map(async (id) => (await queue.get(id))?.task))
    expect(tasks.map((task) => task?.status)).toEqual([
      'scheduled',
      'scheduled',
      'scheduled',
      'assigned',
      'assigned',
    ])
    for (const task of tasks.slice(0, 2))
      expect(Math.abs((task?.scheduledAt ?? 0) - now - 60 * minute)).toBeLessThan(minute)
    expect(tasks[1]?.assignedJr).toBeNull()
    const { events } = await queue.events({ id: 0, gaps: [] }, 100)
    expect(events.find(({ to, taskId: id }) => to === 'scheduled' && id === ids[0])?.actor).toBe('windows:a')
  })

  it('that is moved carries along whom it put off, and lets them go when it is closed no more', async () => {
    const ids = await add({ channel: 'tiktok' }, { channel: 'tiktok' }, { channel: 'youtube' })
    const others = await add({ channel: 'tiktok', scheduledAt: Date.now() + 90 * minute })
    const mandate = await reign()
    const span = async (from: number, until: number) => {
      const now = await closures().now()
      return [{ channel: 'tiktok', fromMs: now + from * minute, untilMs: now + until * minute }]
    }
    const first = await span(-1, 60)
    expect(await closures().carryAlong(mandate, first, 10)).toEqual({ led: true, result: [] })
    await closures().declare(mandate, first)
    await closures().putOff(mandate, 10)
    expect(await closures().carryAlong(mandate, first, 10)).toEqual({ led: true, result: [] })
    const moved = await span(-1, 30)
    expect(await closures().carryAlong(mandate, moved, 1)).toEqual({ led: true, result: [ids[0]] })
    expect(await closures().carryAlong(mandate, moved, 10)).toEqual({ led: true, result: [ids[1]] })
    await closures().declare(mandate, moved)
    const dueIn = async (id: number | undefined) =>
      ((await queue.get(taskId(id ?? 0)))?.task.scheduledAt ?? 0) - (await closures().now())
    expect(await dueIn(ids[0])).toBeLessThanOrEqual(30 * minute)
    // It is open now, and closes later.
    const later = await span(10, 20)
    expect(await closures().carryAlong(mandate, later, 10)).toEqual({ led: true, result: ids.slice(0, 2) })
    expect(await dueIn(ids[0])).toBeLessThanOrEqual(0)
    expect(await dueIn(others[0])).toBeGreaterThan(60 * minute)
  })

  it('is closed before anybody leads, and by nobody but the leader from then on', async () => {
    await add({ channel: 'tiktok' }, { channel: 'youtube' })
    const now = await closures().now()
    const span = (channel: string, from: number, until: number) => ({
      channel,
      fromMs: now + from * minute,
      untilMs: now + until * minute,
    })
    const rows = () =>
      database.db.query<{ channel: string; minutes: number }>(
        `select channel, round(extract(epoch from closed_until - now()) / 60)::int as minutes
         from jr_channels order by channel`,
      )
    // Of a fleet that stood still since its last reign.
    await database.db.query(
      `insert into jr_channels values ('tiktok', now() - interval '2 days', now() - interval '1 day')`,
    )
    await closures().declareBeforeReign([span('tiktok', 0, 60), span('youtube', 0, 30)])
    const closed = [
      { channel: 'tiktok', minutes: 60 },
      { channel: 'youtube', minutes: 30 },
    ]
    expect(await rows()).toEqual(closed)
    expect(await claim()).toBeNull()
    await closures().declareBeforeReign([span('tiktok', 0, 90)])
    expect(await rows()).toEqual(closed)
    const mandate = await reign()
    await closures().declareBeforeReign([span('x', 0, 90)])
    expect(await rows()).toEqual(closed)
    await closures().declare(mandate, [])
    expect(await claim()).not.toBeNull()
  })

  it('is let go when nobody says it any more', async () => {
    await add({ channel: 'tiktok' })
    const mandate = await reign()
    await close(mandate, -1, 60)
    expect(await closures().declare(mandate, [])).toMatchObject({ led: true })
    expect(await claim()).not.toBeNull()
  })

  it('is not written by a leader that was stopped past its lease', async () => {
    const [id] = await add({ channel: 'tiktok' })
    const old = await reign('a')
    await close(old, -1, 60)
    await shiftPast(database.db, leaseMs)
    await reign('b')
    expect(await closures().declare(old, [])).toEqual({ led: false })
    expect(await closures().putOff(old, 10)).toEqual({ led: false })
    expect(await closures().carryAlong(old, [], 10)).toEqual({ led: false })
    expect((await queue.get(taskId(Number(id))))?.task.status).toBe('assigned')
    expect(await claim()).toBeNull()
  })
})

describe('plans with 20,000 tasks that wait for their channel to open, and 20,000 ready ones', () => {
  it('putting off when there is nothing to put off reads a few pages', async () => {
    const mandate = await reign()
    await fill()
    const plan = await explain(database.db, putOffStatement, [
      mandate.nodeId,
      mandate.epoch,
      mandate.term,
      'w',
      500,
    ])
    expect(nodes(plan).map((node) => node['Index Name'])).toContain('jr_work_queue_ready_deliveries')
    expect(buffersOf(plan)).toBeLessThan(40)
  })

  it('carrying along looks at those of one opening alone', async () => {
    const mandate = await reign()
    await fill()
    const plan = await explain(database.db, carryAlongStatement, [
      mandate.nodeId,
      mandate.epoch,
      mandate.term,
      'w',
      [],
      [],
      [],
      10,
    ])
    expect(nodes(plan).map((node) => node['Index Name'])).toContain('jr_work_queue_due')
    expect(buffersOf(plan)).toBeLessThan(200)
  })

  it('a claim looks at the closed channels once, and only when it meets a task with a channel', async () => {
    await reign()
    await fill()
    const lookedAt = async (line: string) => {
      const plan = await explain(database.db, claimStatement, claimValues(line))
      expect(buffersOf(plan)).toBeLessThan(100)
      const looks = nodes(plan).filter((node) => node['Relation Name'] === 'jr_channels')
      return looks.map((node) => node['Actual Loops'])
    }
    expect(await lookedAt('Plain Jr.')).toEqual([0])
    expect(await lookedAt('Channel Jr.')).toEqual([1])
  })
})

async function fill(): Promise<void> {
  await database.db.query(`alter table jr_work_queue disable trigger user`)
  await database.db.query(
    `insert into jr_work_queue (title, status, assigned_jr, channel, scheduled_at)
     select 'task', kind.status, kind.jr, kind.channel, case when kind.status = 'scheduled' then now() + interval '1 day' end
     from generate_series(1, 10000), (values ('scheduled', 'Channel Jr.', 'tiktok'), ('scheduled', 'Channel Jr.', 'tiktok'),
       ('assigned', 'Channel Jr.', 'youtube'), ('assigned', 'Plain Jr.', null)) as kind (status, jr, channel)`,
  )
  await database.db.query(`alter table jr_work_queue enable trigger user`)
  await database.db.query(
    `insert into jr_channels values ('tiktok', now() - interval '1 hour', now() + interval '1 day')`,
  )
  await database.db.query('analyze')
}

function claimValues(line: string): unknown[] {
  const places = [[-(2 ** 40)], [-(2 ** 31)], ['-infinity'], [0]]
  return [[line], [1], ...places, line, 'instance', 'node', 60_000, ['key'], 1]
}
