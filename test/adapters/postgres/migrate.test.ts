import { afterEach, describe, expect, it } from 'vitest'
import { claimOne } from '../../support/claim.ts'
import { migrate, planMigration } from '../../../src/adapters/postgres/migrate.ts'
import { requireSchema, schemaState } from '../../../src/adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import { legacySchema } from './support/legacy-schema.ts'
import { until } from './support/until.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

let opened: QueueDatabase[] = []
afterEach(async () => {
  await Promise.all(opened.map((each) => each.dispose()))
  opened = []
})

async function database(sql: string): Promise<QueueDatabase> {
  const made = await queueDatabase(sql)
  opened.push(made)
  return made
}

describe('migrate', () => {
  it('makes a fresh database current, once', async () => {
    const { db } = await database('')
    expect(await schemaState(db)).toEqual({ kind: 'missing' })
    await expect(requireSchema(db)).rejects.toMatchObject({
      code: 'db.schema',
      hint: expect.stringContaining('jrctl migrate') as unknown,
    })
    expect((await migrate(db)).applied).toContain('shared-tables')
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
    await requireSchema(db)
    expect((await migrate(db)).applied).toEqual([])
    expect(await planMigration(db)).toBe('')
  })

  it('runs from several nodes at once', async () => {
    const { db, url } = await database(legacySchema)
    const others = [connectTo(url), connectTo(url)]
    try {
      const reports = await Promise.all([migrate(db), ...others.map(migrate)])
      expect(reports.filter((report) => report.applied.length > 0)).toHaveLength(1)
      expect(new Set(reports.map((report) => report.version)).size).toBe(1)
    } finally {
      await Promise.all(others.map((other) => other.close()))
    }
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
  })

  it('prints a plan that does the same when run by hand', async () => {
    const { db } = await database(legacySchema)
    const plan = await planMigration(db)
    expect(await schemaState(db)).toMatchObject({ kind: 'behind', version: 0 })
    expect(plan).toContain('add column if not exists urgent_at timestamptz')
    expect(plan).not.toContain('create table if not exists jr_work_queue')
    const connection = await db.dedicated({ queryTimeoutMs: 20_000, statementTimeoutMs: 20_000 })
    try {
      for (const statement of plan.split(/\n(?=create (?:unique )?index concurrently)/))
        await connection.query(statement)
    } finally {
      await connection.end()
    }
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
  })

  it('upgrades a legacy schema in place: rows kept, defaults given, stuck tasks rescued', async () => {
    const { db } = await database(legacySchema)
    const before = await db.query(`select * from jr_work_queue order by id`)
    await migrate(db)
    const after = await db.query(`select * from jr_work_queue order by id`)
    expect(after).toMatchObject(before)
    const queue = createTaskQueue(db)
    expect((await queue.counts()).byStatus).toMatchObject({
      pending: 2,
      assigned: 1,
      in_progress: 1,
      completed: 1,
    })
    const stuck = await queue.rescueStuck(1_800_000)
    expect(stuck).toMatchObject([{ status: 'assigned', jrName: 'Research Jr.' }])
    expect(await queue.jrs()).toMatchObject([{ jrName: 'Research Jr.', online: true }])
    expect((await queue.jrs())[0]?.lastSeenAgeMs).toBeGreaterThanOrEqual(600_000)
    expect(await queue.markSilentOffline(300_000)).toEqual(['Research Jr.'])
    const titles: unknown[] = []
    for (let count = 0; count < 4; count += 1) {
      const claimed = await claimOne(queue, {
        jrNames: [jrName('Research Jr.')],
        acceptUnassigned: true,
        instanceId: instanceId('i'),
        nodeId: nodeId('n'),
        leaseMs: 60_000,
      })
      titles.push(claimed?.task.title)
      if (claimed !== null)
        expect(await queue.complete(claimed.lease, { ok: true })).toEqual({ accepted: true })
    }
    expect(titles).toEqual(['assigned', 'stuck', 'waiting', 'nulls'])
    // Who asked is cut where the legacy column is narrow; what somebody wrote himself never is.
    const [id] = await queue.add([{ title: 'ours' }], 'cli:somebody with a long name')
    expect((await queue.get(taskId(Number(id))))?.task.createdBy).toBe('cli:somebody')
    const long = queue.add([{ title: 'ours', createdBy: 'a name of their own' }], 'cli:ada')
    await expect(long).rejects.toThrow(/too long/)
  })

  it('ends with the same columns, defaults and indexes from either start', async () => {
    const [fresh, legacy] = [await database(''), await database(legacySchema)]
    await Promise.all([migrate(fresh.db), migrate(legacy.db)])
    const shape = `select column_name, (column_default is not null or is_identity = 'YES') as has_default
      from information_schema.columns where table_name in ('jr_work_queue', 'jr_status')
      and column_name not in ('notes') order by table_name, column_name`
    const lookup = `select indexname from pg_indexes where indexname like 'jr_work_queue_%' order by 1`
    const freshShape = await fresh.db.query<{ column_name: string; has_default: boolean }>(shape)
    const legacyShape = await legacy.db.query(shape)
    expect(legacyShape).toEqual(freshShape)
    expect(await legacy.db.query(lookup)).toEqual(await fresh.db.query(lookup))
  })

  it('replaces an index that an interrupted build left invalid', async () => {
    const { db } = await database('')
    await migrate(db)
    await db
      .query(`update pg_index set indisvalid = false where indexrelid = 'jr_work_queue_ready'::regclass`)
      .catch(async () => {
        // Not a superuser: the same by a unique build that fails.
        await db.query(`drop index jr_work_queue_ready`)
        await db.query(`insert into jr_work_queue (title) values ('a'), ('a')`)
        const connection = await db.dedicated({ queryTimeoutMs: 20_000, statementTimeoutMs: 20_000 })
        await connection
          .query(`create unique index concurrently jr_work_queue_ready on jr_work_queue (title)`)
          .catch(() => undefined)
        await connection.end()
      })
    expect(await schemaState(db)).toMatchObject({ kind: 'behind', pending: ['jr_work_queue_ready'] })
    expect((await migrate(db)).applied).toEqual(['jr_work_queue_ready'])
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
  })

  it('restores what somebody took away or switched off, and counts anew', async () => {
    const { db } = await database('')
    await migrate(db)
    const queue = createTaskQueue(db)
    const [first] = await queue.add([{ title: 'a' }, { title: 'b' }], 'tester')
    await db.query(`alter table jr_work_queue disable trigger jr_after_update`)
    await db.query(`drop trigger jr_after_delete on jr_work_queue`)
    await db.query(`drop index jr_attempts_open`)
    await db.query(`create index jr_attempts_open on jr_attempts (task_id)`)
    await db.query(`update jr_work_queue set status = 'cancelled' where id = $1`, [first])
    expect((await queue.counts()).byStatus).toMatchObject({ pending: 2, cancelled: 0 })
    expect(await schemaState(db)).toMatchObject({
      kind: 'behind',
      pending: ['jr_after_delete', 'jr_after_update (disabled)', 'jr_attempts_open'],
    })
    expect(await planMigration(db)).toContain('-- restore jr_after_delete, jr_after_update, task counts')
    const restored = ['jr_after_delete', 'jr_after_update', 'task counts', 'jr_attempts_open']
    expect((await migrate(db)).applied).toEqual(restored)
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
    expect((await queue.counts()).byStatus).toMatchObject({ pending: 1, cancelled: 1 })
    await db.query(`delete from jr_work_queue`)
    expect((await queue.counts()).byStatus).toMatchObject({ pending: 0, cancelled: 0 })
    expect((await migrate(db)).applied).toEqual([])
  })

  it('counts anew what was changed while a trigger was off for a while', async () => {
    const { db } = await database('')
    await migrate(db)
    await db.query(`alter table jr_work_queue disable trigger user`)
    await db.query(`insert into jr_work_queue (title) values ('unseen')`)
    await db.query(`alter table jr_work_queue enable trigger user`)
    const queue = createTaskQueue(db)
    expect((await queue.counts()).byStatus.pending).toBe(0)
    expect(await planMigration(db)).toContain('-- restore task counts')
    expect((await migrate(db)).applied).toEqual(['task counts'])
    expect((await queue.counts()).byStatus.pending).toBe(1)
    expect(await planMigration(db)).toBe('')
  })

  it('adds the unique indexes that a legacy table lacks', async () => {
    const { db } = await database(
      legacySchema
        .replace('id serial primary key', 'id serial')
        .replace('varchar(100) primary key', 'varchar(100)'),
    )
    const { applied } = await migrate(db)
    expect(applied).toEqual(expect.arrayContaining(['jr_work_queue_id', 'jr_status_jr_name']))
    await createTaskQueue(db).beat({
      instanceId: instanceId('i'),
      jrNames: [jrName('Research Jr.')],
      nodeId: nodeId('n'),
      pid: 1,
      load: 0,
    })
  })

  it('names rows that are there twice, and goes on once they are gone', async () => {
    const { db } = await database(
      `${legacySchema.replace('varchar(100) primary key', 'varchar(100)')}
       insert into jr_status (jr_name, is_online) values ('Research Jr.', false);`,
    )
    await expect(migrate(db)).rejects.toMatchObject({
      code: 'db.schema',
      message: expect.stringContaining('jr_status_jr_name') as unknown,
    })
    await db.query(`delete from jr_status where not is_online`)
    expect((await migrate(db)).applied).toEqual(['jr_status_jr_name'])
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
  })

  it.each([
    [
      'other types',
      `create table jr_work_queue (id uuid primary key, title text, status int, created_at text)`,
      ['jr_work_queue.id is uuid', 'jr_work_queue.status is integer', 'jr_work_queue.created_at is text'],
    ],
    [
      'another program’s table',
      `create table jr_work_queue (job_id int, payload bytea)`,
      ['jr_work_queue has no column id, title, status'],
    ],
    ['a view', `create view jr_status as select 'x'::text as jr_name`, ['jr_status is not a plain table']],
    [
      'a status too short',
      `create table jr_work_queue (id serial primary key, title text, status varchar(8))`,
      ['jr_work_queue.status holds 8 characters'],
    ],
    [
      'a check that knows fewer statuses',
      `create table jr_work_queue (id serial primary key, title text, status text
         constraint known_status check (status in ('pending', 'assigned', 'in_progress', 'completed', 'failed')))`,
      ['the constraint known_status of jr_work_queue refuses the status scheduled, retry, cancelled'],
    ],
    [
      'a Jr that must be named',
      `create table jr_work_queue (id serial primary key, title text, status text, assigned_jr text not null default '')`,
      ['jr_work_queue.assigned_jr is NOT NULL'],
    ],
  ])('refuses %s, names each problem, and changes nothing', async (_, sql, problems) => {
    const { db } = await database(sql)
    const state = await schemaState(db)
    expect(state).toMatchObject({ kind: 'foreign' })
    for (const problem of problems) {
      await expect(migrate(db)).rejects.toThrow(problem)
      await expect(planMigration(db)).rejects.toThrow(problem)
    }
    expect(await db.query(`select to_regclass('jr_migrations') as t`)).toEqual([{ t: null }])
  })

  it('knows a schema of a newer jrctl, and works with the next one', async () => {
    const { db } = await database('')
    const { version } = await migrate(db)
    await db.query(`insert into jr_migrations values ($1, 'later')`, [version + 1])
    expect(await schemaState(db)).toEqual({ kind: 'ahead', version: version + 1 })
    await requireSchema(db)
    await db.query(`insert into jr_migrations values ($1, 'much later')`, [version + 2])
    await expect(requireSchema(db)).rejects.toMatchObject({ code: 'db.schema' })
  })

  it('reads timestamps without time zone as the database means them', async () => {
    const { db, url } = await database('')
    const [row] = await db.query<{ name: string }>(`select current_database() as name`)
    await db.query(`alter database ${row?.name} set timezone = 'Asia/Kolkata'`)
    const east = connectTo(url)
    try {
      await east.query(legacySchema)
      await migrate(east)
      const queue = createTaskQueue(east)
      const [jr] = await queue.jrs()
      expect(Math.abs((jr?.lastSeenAgeMs ?? 0) - 600_000)).toBeLessThan(60_000)
      const [now] = await east.query<{ ms: number }>(`select floor(extract(epoch from now()) * 1000) as ms`)
      const [waiting] = await queue.list({ statuses: ['pending'], search: 'waiting', limit: 1 })
      expect(Math.abs((waiting?.createdAt ?? 0) - ((now?.ms ?? 0) - 7_200_000))).toBeLessThan(60_000)
      expect(await queue.rescueStuck(10_800_000)).toEqual([])
      expect(await queue.rescueStuck(1_800_000)).toHaveLength(1)
      await queue.beat({
        instanceId: instanceId('i'),
        jrNames: [jrName('Research Jr.')],
        nodeId: nodeId('n'),
        pid: 1,
        load: 0,
      })
      expect((await queue.jrs())[0]?.lastSeenAgeMs).toBeLessThan(60_000)
    } finally {
      await east.close()
    }
  })

  it('leaves checks alone that allow what jrctl writes', async () => {
    const { db } = await database(
      legacySchema + `alter table jr_work_queue add constraint not_empty check (status <> '')`,
    )
    await migrate(db)
    expect(await schemaState(db)).toMatchObject({ kind: 'current' })
  })

  it('works where the tables lie in a schema of their own, whatever the writer’s search path', async () => {
    const { db } = await database(
      `create schema fleet; ${legacySchema.replaceAll(/(create table|insert into) /g, '$1 fleet.')}`,
    )
    const [row] = await db.query<{ name: string }>(`select current_database() as name`)
    await db.query(`alter database ${row?.name} set search_path = public, fleet`)
    const fleet = connectTo(opened[0]?.url ?? '')
    try {
      await migrate(fleet)
      await fleet.transaction(async (tx) => {
        await tx.query(`set local search_path = pg_catalog`)
        await tx.query(`insert into fleet.jr_work_queue (title) values ('from afar')`)
      })
      expect(await fleet.query(`select changes ->> 'title' as title from jr_events`)).toEqual([
        { title: 'from afar' },
      ])
    } finally {
      await fleet.close()
    }
  })

  it('waits for a transaction that holds the table', async () => {
    const { db } = await database(legacySchema)
    const { promise: waited, resolve: release } = Promise.withResolvers<void>()
    const { promise: locked, resolve: tellLocked } = Promise.withResolvers<void>()
    const reading = db.transaction(async (tx) => {
      await tx.query(`select from jr_work_queue`)
      tellLocked()
      await waited
    })
    await locked
    const migrating = migrate(db)
    await until(async () => {
      const rows = await db.query(
        `select from pg_locks where not granted and relation = 'jr_work_queue'::regclass`,
      )
      return rows.length > 0
    })
    release()
    await reading
    expect((await migrating).applied).not.toEqual([])
  })
})
