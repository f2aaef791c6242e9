import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { look } from '../../../src/adapters/postgres/sql/cycle/look.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import type { QueueSections, TaskRef } from '../../../src/domain/cycle/snapshot.ts'
import { periodsMs } from '../../../src/domain/cycle/rules/periods.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { CycleSight, TaskMark } from '../../../src/ports/cycle-store.ts'
import { emptySections } from '../../support/cycle-sections.ts'
import { claimOne } from '../../support/claim.ts'
import { legacySchema } from './support/legacy-schema.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const minute = 60_000
const hour = 60 * minute
const tables = `jr_work_queue, jr_events, jr_attempts, jr_task_state, jr_task_counts, jr_status, jr_instances, jr_nodes,
  jr_failures, jr_task_actions, jr_decisions, jr_rule_rests, jr_orchestrator, jr_campaigns`

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
})
beforeEach(() => database.db.query(`truncate ${tables} restart identity`))
afterAll(() => database.dispose())

const sql = <Row extends object>(text: string, values?: readonly unknown[]) =>
  database.db.query<Row>(text, values)

const sight = (): Promise<CycleSight> => look(database.db, { offlineAfterMs: 5 * minute, periodsMs })

const sections = async (): Promise<QueueSections> => (await sight()).sections

const idsOf = (refs: readonly TaskRef[] | undefined): number[] => (refs ?? []).map(({ id }) => id)

/** With what matters of its lists. */
const told = (view: object, lists: object): object => ({ ...view, ...lists })

interface Columns {
  [column: string]: string | number | boolean | null
}

/** A row as foreign SQL makes it; answers its id. */
async function insert(columns: Columns = {}): Promise<number> {
  const given = { title: 't', description: 'd', source: 's', created_by: 'c', ...columns }
  const names = Object.keys(given)
  const [row] = await sql<{ id: number }>(
    `insert into jr_work_queue (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
    Object.values(given),
  )
  return row?.id ?? 0
}

const set = (id: number, assignments: string) =>
  sql(`update jr_work_queue set ${assignments} where id = $1`, [id])

/** Rows made so long ago. */
async function insertOld(ageMs: number, columns: Columns = {}): Promise<number> {
  return insert({ ...columns, created_at: new Date(Date.now() - ageMs).toISOString() })
}

async function mark(id: number, action: TaskMark, agoMs = 0, times = 1): Promise<void> {
  await sql(
    `insert into jr_task_actions values ($1, $2, now() - $3::float8 * interval '1 millisecond', 'd', $4)`,
    [id, action, agoMs, times],
  )
}

async function jr(name: string, { online = true, seenAgoMs = 0, load = 0 } = {}): Promise<void> {
  await sql(
    `insert into jr_status values ($1, 'idle', $2, now() - $3::float8 * interval '1 millisecond', $4)`,
    [name, online, seenAgoMs, load],
  )
}

describe('a look at the queue', () => {
  it('sees nothing in an empty one', async () => {
    const { sections: seen, ...rest } = await sight()
    expect(seen).toEqual(emptySections(seen.takenAt))
    expect(Math.abs(seen.takenAt - Date.now())).toBeLessThan(minute)
    expect(rest).toEqual({ switch: null, rests: {}, unmeasured: [], openIntents: 0 })
  })

  it('counts tasks and deliveries by status, whatever statement changes them, folded or not', async () => {
    const [plain, clip, other] = [
      await insert(),
      await insert({ channel: 'Instagram' }),
      await insert({ channel: ' ' }),
    ]
    await insert({ channel: 'tiktok', status: 'blocked' })
    await sql(`insert into jr_work_queue (title, channel) select 't', 'tiktok' from generate_series(1, 3)`)
    await set(clip, `status = 'in_progress', started_at = now()`)
    await set(other, `channel = 'x'`)
    await set(plain, `status = 'completed'`)
    const counted = async () => {
      const { jobs, deliveries } = await sections()
      return [
        jobs.pending,
        jobs.waiting,
        jobs.in_progress,
        jobs.completed,
        deliveries.pending,
        deliveries.in_progress,
        deliveries.completed,
      ]
    }
    expect(await counted()).toEqual([4, 4, 1, 1, 4, 1, 0])
    await sql(`update jr_work_queue set channel = null where channel = 'tiktok'`)
    await sql(`delete from jr_work_queue where id = $1`, [other])
    expect(await counted()).toEqual([3, 3, 1, 1, 0, 1, 0])
    expect(await migrate(database.db)).toMatchObject({ applied: [] })
  })

  it('names those that have waited longest, from when they became ready', async () => {
    const queue = createTaskQueue(database.db)
    const old = await insertOld(2 * hour)
    const older = await insertOld(3 * hour, { assigned_jr: 'Research Jr.', status: 'assigned', priority: 1 })
    await insertOld(9 * hour, {
      status: 'scheduled',
      scheduled_at: new Date(Date.now() - minute).toISOString(),
    })
    await insertOld(9 * hour, { status: 'completed' })
    const far = await insertOld(9 * hour, { status: 'scheduled', scheduled_at: '2099-01-01' })
    await queue.makeReady()
    const { jobs } = await sections()
    expect(idsOf(jobs.oldest)).toEqual([older, old, 3])
    expect(jobs.oldest[2]?.ageMs).toBeLessThan(minute)
    expect(jobs.oldestWaitingMs).toBeGreaterThanOrEqual(3 * hour)
    expect(jobs.oldestWaitingMs).toBeLessThan(3 * hour + minute)
    // A change of Jr is no news of waiting.
    await set(old, `status = 'assigned', assigned_jr = 'Research Jr.'`)
    expect((await sections()).jobs.oldest.find(({ id }) => id === old)?.ageMs).toBeGreaterThanOrEqual(
      2 * hour,
    )
    await mark(older, 'force_run', 59 * minute)
    await mark(old, 'force_run', 61 * minute)
    await mark(3, 'promote_task')
    expect(idsOf((await sections()).jobs.oldest)).toEqual([old, 3])
    expect((await sections()).jobs.oldestWaitingMs).toBeGreaterThanOrEqual(3 * hour)
    await set(far, `status = 'pending', scheduled_at = null`)
    expect((await sections()).jobs.oldest.map(({ id }) => id)).toContain(far)
  })

  it('names no more than ten, and those are the oldest', async () => {
    for (let n = 0; n < 30; n += 1)
      await insertOld((100 - n) * minute, { priority: n % 3, assigned_jr: `Jr ${n % 2}` })
    expect(idsOf((await sections()).jobs.oldest)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('tells a task as it stands, its texts cleaned and cut', async () => {
    const id = await insert({
      title: `\u001b[31m${'x'.repeat(1000)}`,
      status: 'retry',
      assigned_jr: 'Research Jr.',
      channel: ' TikTok ',
      score: 81.5,
      campaign_id: 7,
      priority: null,
      scheduled_at: '2099-01-01T00:00:00Z',
    })
    const [ref] = (await sections()).jobs.retries
    expect(ref).toMatchObject({
      id,
      version: 1,
      status: 'retry',
      jrName: 'Research Jr.',
      channel: 'tiktok',
      score: 81.5,
      campaignId: 7,
      priority: 5,
      scheduledAt: Date.UTC(2099, 0),
    })
    expect(ref?.title).toMatch(/^[^\p{Cc}]{190,210}$/u)
  })

  it('counts attempts that failed and tasks that died within the hour, by whomever, but no history and nothing of the cycle’s', async () => {
    const queue = createTaskQueue(database.db)
    const jrs = [jrName('Research Jr.')]
    const early = await insert()
    await set(early, `status = 'failed'`)
    await shiftPast(database.db, hour)
    for (const maxAttempts of [1, 4]) {
      await queue.add([{ title: 't', maxAttempts }], 'tester')
      const claim = await claimOne(queue, {
        jrNames: jrs,
        acceptUnassigned: true,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs: minute,
      })
      if (claim === null) throw new Error('nothing to claim')
      await queue.fail(claim.lease, { kind: 'attempt', error: 'no' })
    }
    await set(await insert(), `status = 'failed'`)
    await insert({ status: 'failed' })
    await database.db.transaction(async (tx) => {
      await tx.query(`select set_config('jrctl.actor', 'orchestrator:health_critical', true)`)
      await tx.query(`update jr_work_queue set status = 'failed' where id = (
        select id from jr_work_queue where status = 'retry')`)
    })
    const { jobs } = await sections()
    expect(jobs.failures1h).toBe(3)
    expect(jobs.failed).toBe(5)
    expect(idsOf(jobs.dead)).toEqual([2, 4])
    expect(jobs.dead[0]).toMatchObject({ status: 'failed', version: 3 })
  })

  it('names the dead of the hour, each once, but for those replayed twice or just now, and those that live', async () => {
    const ids: number[] = []
    for (let n = 0; n < 5; n += 1) ids.push(await insert())
    for (const id of ids) await set(id, `status = 'failed'`)
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = ids
    await set(a, `status = 'pending'`)
    await set(b, `status = 'pending'`)
    await set(b, `status = 'failed'`)
    await mark(c, 'replay_dead', 2 * hour, 2)
    await mark(d, 'replay_dead', 59 * minute)
    await mark(e, 'replay_dead', 61 * minute)
    await mark(e, 'retry_failed', 0, 5)
    expect(idsOf((await sections()).jobs.dead)).toEqual([e, b])
    await shiftPast(database.db, hour)
    expect(idsOf((await sections()).jobs.dead)).toEqual([])
  })

  it('names the next retries alone', async () => {
    const later = await insert({ status: 'retry', scheduled_at: '2099-01-02' })
    await insert({ status: 'scheduled', scheduled_at: '2098-01-01' })
    const next = await insert({ status: 'retry', scheduled_at: '2099-01-01' })
    const rested = await insert({ status: 'retry', scheduled_at: '2098-01-01' })
    const timeless = await insert({ status: 'retry' })
    await mark(rested, 'retry_failed')
    expect(idsOf((await sections()).jobs.retries)).toEqual([timeless, next, later])
  })

  it('knows the scores of the last day', async () => {
    await insertOld(25 * hour, { score: 99 })
    await insert({ score: 'NaN' })
    const high = await insert({ score: 81 })
    const higher = await insert({ score: 95, status: 'scheduled', scheduled_at: '2099-01-01' })
    const promoted = await insert({ score: 99 })
    await insert({ score: 80 })
    await insert({ score: 97, priority: 1 })
    await insert({ score: 97, status: 'retry' })
    const delivery = await insert({ score: 82, priority: 1, channel: 'x' })
    await insert({ score: 0, urgent_at: '2026-01-01' })
    await insert({ score: 100, status: 'completed' })
    await insert({ score: 40 })
    const low = await insert({ score: 39 })
    const lower = await insert({ score: -1 })
    const downgraded = await insert({ score: 1 })
    await mark(promoted, 'promote_task')
    await mark(downgraded, 'downgrade_task', 23 * hour)
    const { scores } = await sections()
    expect(scores).toMatchObject({
      tasks: 13,
      high: 7,
      average: (81 + 95 + 99 + 80 + 97 + 97 + 82 + 0 + 100 + 40 + 39 - 1 + 1) / 13,
    })
    expect(idsOf(scores.highWaiting)).toEqual([delivery, higher, high])
    expect(idsOf(scores.lowWaiting)).toEqual([lower, low])
  })

  it('tells by channel what could be given a time, the best first, however its name is written', async () => {
    const soon = new Date(Date.now() + 2 * hour).toISOString()
    const unscored = await insert({ channel: 'Instagram' })
    const best = await insert({ channel: 'instagram', score: 90 })
    const good = await insert({ channel: ' INSTAGRAM', score: 50, status: 'scheduled', scheduled_at: soon })
    await insert({ channel: 'instagram', score: 99, status: 'scheduled', scheduled_at: '2099-01-01' })
    await insert({ channel: 'instagram', score: 99, status: 'retry', scheduled_at: soon })
    await insert({ channel: 'instagram', status: 'completed', score: 99 })
    const rested = await insert({ channel: 'youtube' })
    await mark(rested, 'schedule_task')
    const { deliveries } = await sections()
    expect(deliveries.byChannel.map(({ channel, waiting, next }) => [channel, waiting, idsOf(next)])).toEqual(
      [
        ['instagram', 5, [best, good, unscored]],
        ['youtube', 1, []],
      ],
    )
    expect(deliveries).toMatchObject({ pending: 3, scheduled: 2, retry: 1, completed: 1 })
  })

  it('names what was given its time after all that was not, as long as it waits for it', async () => {
    const at = new Date(Date.now() + 5 * hour).toISOString()
    const columns = { channel: 'tiktok', score: 90, status: 'scheduled', scheduled_at: at, priority: 1 }
    const [placed, other] = [await insert(columns), await insert(columns)]
    await shiftPast(database.db, 3 * hour)
    await mark(placed, 'schedule_task', 2 * hour)
    const next = async () => {
      const { deliveries, scores } = await sections()
      return [deliveries.byChannel.flatMap((channel) => idsOf(channel.next)), idsOf(scores.highWaiting)]
    }
    expect(await next()).toEqual([[other, placed], [other]])
    await set(placed, `status = 'pending', scheduled_at = null`)
    expect(await next()).toEqual([
      [placed, other],
      [placed, other],
    ])
  })

  it('tells the active campaigns, the largest budget first', async () => {
    const start = async (name: string, budget: number, more = `'active', null, null`) => {
      const [row] = await sql<{ id: number }>(
        `insert into jr_campaigns (name, budget, status, starts_at, ends_at) values ($1, $2, ${more}) returning id`,
        [name, budget],
      )
      return row?.id ?? 0
    }
    const small = await start('small', 50)
    const large = await start('large', 500, `'active', now() - interval '1 day', '2099-01-01T00:00:00Z'`)
    await start('over', 900, `'active', null, now() - interval '1 day'`)
    await start('to come', 900, `'active', now() + interval '1 day', null`)
    await start('paused', 900, `'paused', null, null`)
    const task = await insert({ campaign_id: large, channel: 'x' })
    const best = await insert({ campaign_id: large, score: 3, channel: 'x' })
    await insert({ campaign_id: large, score: 9 })
    await insert({ campaign_id: large, status: 'completed' })
    const { campaigns } = await sections()
    expect(campaigns.active).toBe(2)
    expect(campaigns.list.map((campaign) => told(campaign, { next: idsOf(campaign.next) }))).toEqual([
      {
        id: large,
        name: 'large',
        budget: 500,
        startsAt: expect.any(Number) as number,
        endsAt: Date.UTC(2099, 0),
        waiting: 3,
        next: [best, task],
      },
      { id: small, name: 'small', budget: 50, startsAt: null, endsAt: null, waiting: 0, next: [] },
    ])
  })

  it('tells the lines, those who could take more, and whom one could take from their ends', async () => {
    await jr('Busy Jr.', { load: 3 })
    await jr('Idle Jr.')
    await jr('Silent Jr.', { seenAgoMs: 6 * minute })
    await jr('Gone Jr.', { online: false })
    await jr('Held Jr.')
    await sql(
      `insert into jr_nodes (node_id, epoch, host, version, claims_held_until) values ('n', 1, 'h', '1', 'infinity')`,
    )
    await sql(
      `insert into jr_instances (instance_id, jr_name, node_id, pid, last_seen, load) values ('i', 'Held Jr.', 'n', 1, now(), 0)`,
    )
    const of = (name: string, more: Columns = {}) =>
      insert({ assigned_jr: name, status: 'assigned', ...more })
    const busy = [
      await of('Busy Jr.', { priority: 1 }),
      await of('Busy Jr.'),
      await of('Busy Jr.', { sacred_fire_priority: 10 }),
    ]
    const gone = await of('Gone Jr.')
    const moved = await of('Silent Jr.')
    await insert()
    await mark(moved, 'rebalance_queue', 9 * minute)
    const { lines, onlineJrs } = await sections()
    expect(onlineJrs).toBe(2)
    expect(lines.map((line) => told(line, { last: idsOf(line.last) }))).toEqual([
      { jrName: 'Busy Jr.', online: true, load: 3, waiting: 3, last: [busy[1], busy[0], busy[2]] },
      { jrName: '', online: false, load: 0, waiting: 1, last: [] },
      { jrName: 'Gone Jr.', online: false, load: 0, waiting: 1, last: [gone] },
      { jrName: 'Silent Jr.', online: false, load: 0, waiting: 1, last: [] },
      { jrName: 'Idle Jr.', online: true, load: 0, waiting: 0, last: [] },
    ])
  })

  it('brings what the cycle has on record', async () => {
    await sql(
      `insert into jr_orchestrator (enabled, changed_by, changed_at) values (true, 'ann', '2026-01-01T00:00:00Z')`,
    )
    await sql(`insert into jr_rule_rests values ('resting', now() + interval '1 minute'), ('rested', now())`)
    const decision = (id: string, rule: string, state: string, more = `now(), null`) =>
      sql(
        `insert into jr_decisions (id, rule, action, priority, reason, body, state, decided_at, node_id, term, settled_at, outcome)
         values ($1, $2, 'promote_task', 7, 'r', $4, $3, now(), 'n', 1, ${more})`,
        [
          id,
          rule,
          state,
          JSON.stringify({ id, rule, action: 'promote_task', priority: 7, reason: 'r', tasks: [1] }),
        ],
      )
    await decision('1-1-1', 'rested', 'executed')
    await decision('1-1-2', 'resting', 'executed')
    await decision('1-1-3', 'other', 'executed', `now() - interval '1 minute', null`)
    await decision('1-1-4', 'other', 'executed', `now(), 'cleared'`)
    await decision('1-1-5', 'other', 'failed')
    await decision('1-1-6', 'other', 'intended', 'null, null')
    const { sections: _, ...record } = await sight()
    expect(record).toMatchObject({
      switch: { enabled: true, by: 'ann', at: Date.UTC(2026, 0) },
      rests: { resting: expect.any(Number) as number },
      openIntents: 1,
    })
    expect(Object.keys(record.rests)).toEqual(['resting'])
    expect(record.unmeasured.map(({ decision: { id }, state }) => [id, state])).toEqual([
      ['1-1-3', 'executed'],
      ['1-1-1', 'executed'],
    ])
  })

  it('stands rows that other programs wrote as they liked', async () => {
    await sql(
      `insert into jr_work_queue (title, status, assigned_jr, priority, sacred_fire_priority, created_at, scheduled_at, channel, score, campaign_id)
       values (null, null, '', null, null, null, 'infinity', '', 'Infinity', null),
         (null, 'retry', null, null, null, '-infinity', '-infinity', $1, '-Infinity', 1),
         ('x', 'failed', null, 5, 0, 'infinity', null, 'a', 1e300, 1)`,
      ['y'.repeat(3_000)],
    )
    await jr('', { online: true })
    const { jobs, deliveries } = await sections()
    expect(jobs.oldest).toMatchObject([{ title: '', jrName: null, status: 'pending', score: null, ageMs: 0 }])
    expect(jobs.oldestWaitingMs).toBe(0)
    expect(jobs.retries).toMatchObject([{ id: 2, scheduledAt: null, score: null }])
    expect(deliveries.byChannel).toMatchObject([{ waiting: 1 }])
  })
})

it('looks at a legacy queue in the same way', async () => {
  const legacy = await queueDatabase(legacySchema)
  try {
    await migrate(legacy.db)
    await legacy.db.query(
      `update jr_work_queue set status = 'failed', channel = 'tiktok', score = 90 where title = 'assigned'`,
    )
    const { sections: seen } = await look(legacy.db, { offlineAfterMs: 5 * minute, periodsMs })
    expect(seen.jobs).toMatchObject({ pending: 2, waiting: 2, failed: 1, completed: 1, failures1h: 1 })
    expect(seen.jobs.oldestWaitingMs).toBeGreaterThanOrEqual(2 * hour)
    expect(seen.jobs.dead).toMatchObject([{ title: 'assigned', channel: 'tiktok', score: 90 }])
    expect(seen.deliveries).toMatchObject({ failed: 1, byChannel: [] })
    expect(seen.scores).toMatchObject({ tasks: 1, high: 1, highWaiting: [] })
  } finally {
    await legacy.dispose()
  }
})
