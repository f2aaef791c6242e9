import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { jrName, taskId } from '../../../src/domain/ids.ts'
import { legacySchema } from './support/legacy-schema.ts'

/** What programs do that know only the tables, word for word as existing fleets have it. */
describe.each([
  ['fresh', ''],
  ['legacy, upgraded', legacySchema],
])('legacy SQL on a %s schema', (_, schema) => {
  let database: QueueDatabase
  beforeAll(async () => {
    database = await queueDatabase(schema)
    await migrate(database.db)
    await database.db.query(`delete from jr_work_queue`)
    await database.db.query(`delete from jr_status`)
  })
  afterAll(() => database.dispose())

  const sql = <Row extends object>(text: string, values?: readonly unknown[]) =>
    database.db.query<Row>(text, values)

  const insertMinimal = async (): Promise<number> => {
    await sql(
      `INSERT INTO jr_work_queue (title, description, source, created_by) VALUES ('Test Auto-Assign', 'Test', 'tpm', 'claude_tpm')`,
    )
    const [row] = await sql<{ id: number }>(`SELECT max(id) AS id FROM jr_work_queue`)
    return row?.id ?? 0
  }

  it('takes the minimal insert with every default', async () => {
    const id = await insertMinimal()
    const detail = await createTaskQueue(database.db).get(taskId(id))
    expect(detail?.task).toMatchObject({
      title: 'Test Auto-Assign',
      createdBy: 'claude_tpm',
      status: 'pending',
      assignedJr: null,
      priority: 5,
      sacredFirePriority: 0,
      progressPercent: 0,
      attempts: 0,
      maxAttempts: 4,
      urgent: false,
      version: 1,
    })
  })

  it('takes the auto-assigner, the worker and the sync of positions', async () => {
    const id = await insertMinimal()
    await sql(
      `INSERT INTO jr_status (jr_name, is_online, last_seen, current_load) VALUES ('Research Jr.', TRUE, NOW(), 0)
       ON CONFLICT (jr_name) DO UPDATE SET last_seen = NOW(), is_online = TRUE, current_load = 0`,
    )
    const workers = await sql<{ jr_name: string }>(
      `SELECT jr_name, current_load FROM jr_status
       WHERE is_online = TRUE AND last_seen > NOW() - INTERVAL '5 minutes' ORDER BY current_load ASC`,
    )
    expect(workers.map((worker) => worker.jr_name)).toEqual(['Research Jr.'])
    const pending = await sql<{ id: number }>(
      `SELECT id, title, priority FROM jr_work_queue WHERE status = 'pending' AND assigned_jr IS NULL
       ORDER BY sacred_fire_priority DESC, priority ASC, created_at ASC LIMIT 20`,
    )
    expect(pending.map((row) => row.id)).toContain(id)
    await sql(`UPDATE jr_work_queue SET assigned_jr = $1, status = 'assigned' WHERE id = $2`, [
      'Research Jr.',
      id,
    ])
    const claimed = await sql(
      `UPDATE jr_work_queue SET status='in_progress', started_at=now()
       WHERE id=$1 AND status IN ('assigned','pending') RETURNING id`,
      [id],
    )
    expect(claimed).toEqual([{ id }])
    const active = await sql(
      `SELECT id, assigned_jr, sacred_fire_priority FROM jr_work_queue
       WHERE status = 'in_progress' ORDER BY started_at ASC`,
    )
    expect(active).toEqual([{ id, assigned_jr: 'Research Jr.', sacred_fire_priority: 0 }])
    await sql(`UPDATE jr_work_queue SET progress_percent = 60 WHERE id = $1`, [id])
    await sql(`UPDATE jr_work_queue SET status = 'completed', progress_percent = 100 WHERE id = $1`, [id])
    const { events } = await createTaskQueue(database.db).events({ id: 0, gaps: [] }, 1000)
    expect(events.filter((event) => event.taskId === id).map(({ version, to }) => [version, to])).toEqual([
      [1, 'pending'],
      [2, 'assigned'],
      [3, 'in_progress'],
      [4, 'in_progress'],
      [5, 'completed'],
    ])
  })

  it('takes the heartbeat’s select and the health monitor’s updates', async () => {
    const queue = createTaskQueue(database.db)
    const id = await insertMinimal()
    await sql(
      `UPDATE jr_work_queue SET status='in_progress', started_at=now() - interval '31 minutes' WHERE id=$1`,
      [id],
    )
    const stuck = await sql<{ id: number }>(
      `SELECT id, title, assigned_jr, started_at FROM jr_work_queue
       WHERE status = 'in_progress' AND started_at < NOW() - INTERVAL '30 minutes'`,
    )
    expect(stuck.map((row) => row.id)).toEqual([id])
    await sql(
      `UPDATE jr_work_queue SET status = 'assigned', started_at = NULL, progress_percent = 0 WHERE id = $1`,
      [id],
    )
    expect((await queue.get(taskId(id)))?.task).toMatchObject({ status: 'assigned', startedAt: null })
    await sql(
      `INSERT INTO jr_status (jr_name, is_online, last_seen) VALUES ('it_triad_jr', TRUE, NOW() - INTERVAL '6 minutes')`,
    )
    const [seen] = await sql<{ last_seen: Date }>(`SELECT last_seen FROM jr_status WHERE jr_name = $1`, [
      'it_triad_jr',
    ])
    expect(seen?.last_seen).toBeInstanceOf(Date)
    const dead = await sql<{ jr_name: string }>(
      `SELECT jr_name, last_seen FROM jr_status WHERE is_online = TRUE AND last_seen < NOW() - INTERVAL '5 minutes'`,
    )
    expect(dead.map((row) => row.jr_name)).toEqual(['it_triad_jr'])
    await sql(`UPDATE jr_status SET is_online = FALSE WHERE jr_name = $1`, ['it_triad_jr'])
    expect((await queue.jrs()).find((jr) => jr.jrName === jrName('it_triad_jr'))?.online).toBe(false)
    await sql(`UPDATE jr_status SET last_seen = NOW() WHERE jr_name = $1`, ['it_triad_jr'])
    expect((await queue.jrs()).find((jr) => jr.jrName === jrName('it_triad_jr'))?.lastSeenAgeMs).toBeLessThan(
      60_000,
    )
  })

  it('lets a program write whose role has rights on the shared tables alone, and signs its events', async (context) => {
    const [mayCreateRoles] = await sql(
      `select from pg_roles where rolname = current_user and (rolcreaterole or rolsuper)`,
    )
    // Our own server's user may not; a server named by JRCTL_TEST_DATABASE_URL may have one that does.
    if (mayCreateRoles === undefined) context.skip('this database user may not create roles')
    const role = `legacy_${database.url.slice(-12)}`
    await sql(`create role ${role}`)
    try {
      await sql(`grant select, insert, update on jr_work_queue to ${role}`)
      await sql(`grant usage on all sequences in schema public to ${role}`)
      await sql(`revoke all on sequence jr_fence from ${role}`)
      const program = connectTo(database.url, 1, 'kb_worker.py')
      try {
        await program.query(`set role ${role}`)
        await expect(program.query(`select from jr_events`)).rejects.toMatchObject({ code: 'db.auth' })
        await program.query(
          `INSERT INTO jr_work_queue (title, description, source, created_by) VALUES ('t', 'd', 's', 'c')`,
        )
      } finally {
        await program.close()
      }
      const [event] = await sql<{ actor: string }>(`select actor from jr_events order by id desc limit 1`)
      expect(event?.actor).toBe('kb_worker.py')
    } finally {
      await sql(`drop owned by ${role}`)
      await sql(`drop role ${role}`)
    }
  })

  it('costs one pass for a bulk update, and NULLs count as defaults', async () => {
    await sql(
      `insert into jr_work_queue (title, status, priority, sacred_fire_priority, created_at)
       select 'bulk ' || n, null, null, null, now() from generate_series(1, 5000) n`,
    )
    await sql(`update jr_work_queue set priority = 4 where title like 'bulk %'`)
    const [row] = await sql<{ count: number }>(
      `select count(*) as count from jr_events e join jr_work_queue q on q.id = e.task_id
       where q.title like 'bulk %' and e.version = 2 and e.changes = '{"priority": 4}'`,
    )
    expect(row?.count).toBe(5000)
    expect((await createTaskQueue(database.db).counts()).byStatus.pending).toBeGreaterThanOrEqual(5000)
    await sql(`delete from jr_work_queue where title like 'bulk %'`)
    // An id that comes again goes on counting where it was.
    await sql(`insert into jr_work_queue (id, title) values (900000001, 'again')`)
    await sql(`delete from jr_work_queue where id = 900000001`)
    await sql(`insert into jr_work_queue (id, title) values (900000001, 'again')`)
    const lives = await sql<{ kind: string; version: number }>(
      `select kind, version from jr_events where task_id = 900000001 order by id`,
    )
    expect(lives.map(({ kind, version }) => [kind, version])).toEqual([
      ['inserted', 1],
      ['deleted', 2],
      ['inserted', 3],
    ])
  })
})
