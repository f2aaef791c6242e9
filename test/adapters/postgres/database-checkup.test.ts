import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createDatabaseCheckup } from '../../../src/adapters/postgres/database-checkup.ts'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { createQueueTriggers } from '../../../src/adapters/postgres/queue-triggers.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { judgeTrigger } from '../../../src/cli/doctor/judge-schema.ts'
import type { DatabaseFacts, Look } from '../../../src/ports/database-checkup.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

describe('a checkup of the database', () => {
  let on: QueueDatabase
  let other: Client
  beforeAll(async () => {
    on = await queueDatabase()
  })
  afterAll(() => on.dispose())
  beforeEach(async () => {
    other = new Client({ connectionString: on.url, application_name: 'psql of eve' })
    await other.connect()
  })
  afterEach(() => other.end())

  const examine = async (db = on.db): Promise<DatabaseFacts> =>
    createDatabaseCheckup(db, { clock: systemClock(), random: systemRandom() }).examine()

  it('finds a fresh database in order', async () => {
    const facts = await examine()
    expect(facts.server).toMatchObject({ readOnly: null })
    expect(facts.server.versionNumber).toBeGreaterThan(150_000)
    expect(Math.abs(facts.server.aheadMs)).toBeLessThan(1_000)
    expect(seen(facts.schema)).toMatchObject({ state: 'current', indexes: [] })
    expect(seen(facts.misfits)).toEqual([])
    expect(seen(facts.trigger)).toEqual({ missing: [], disabled: [], replicationRole: 'origin' })
    expect(seen(facts.rights)).toEqual([])
    expect(seen(facts.listening)).toMatchObject({ ownSession: true })
    expect(seen(facts.listening).heardMs).not.toBeNull()
    expect(seen(facts.zone).zonelessColumns).toEqual([])
    expect(seen(facts.connections).used).toBeGreaterThan(0)
    expect(seen(facts.tables).map(({ name }) => name)).toContain('jr_work_queue')
    expect(seen(facts.sequences).every(({ used }) => used < 0.01)).toBe(true)
  })

  it('names a missing index, and one that only bears the name', async () => {
    await other.query(`drop index jr_work_queue_due`)
    await other.query(`drop index jr_work_queue_ready`)
    await other.query(`drop index jr_attempts_open`)
    await other.query(
      `create index jr_work_queue_ready on jr_work_queue (status, priority) where status in ('pending', 'assigned')`,
    )
    const facts = await examine()
    expect(seen(facts.schema)).toMatchObject({
      state: 'behind',
      indexes: [
        { name: 'jr_work_queue_due', invalid: false },
        { name: 'jr_attempts_open', invalid: false },
      ],
    })
    expect(seen(facts.misfits)).toEqual(['jr_work_queue_ready'])
  })

  it('names triggers that are gone or do not fire, which a migration mends', async () => {
    await other.query(`alter table jr_work_queue disable trigger jr_after_update`)
    await other.query(`drop trigger jr_after_delete on jr_work_queue`)
    const trigger = seen((await examine()).trigger)
    expect(trigger).toMatchObject({ missing: ['jr_after_delete'], disabled: ['jr_after_update'] })
    for (const { remedy } of judgeTrigger(trigger)) expect(remedy).toContain('jrctl migrate')
    const triggers = createQueueTriggers(on.db)
    expect(await triggers.silent()).toEqual(['jr_after_delete (missing)', 'jr_after_update (disabled)'])
    await migrate(on.db)
    expect(await triggers.silent()).toEqual([])
    await other.query(`alter table jr_work_queue disable trigger user`)
    await other.query(`insert into jr_work_queue (title) values ('unseen')`)
    await other.query(`alter table jr_work_queue enable trigger user`)
    expect(seen((await examine()).counts)).toEqual({ drifted: true })
    await migrate(on.db)
    expect(seen((await examine()).counts)).toEqual({ drifted: false })
    await other.query(`delete from jr_work_queue`)
    await other.query(`delete from jr_events`)
    expect(seen((await examine()).trigger)).toMatchObject({ missing: [], disabled: [] })
    await other.query(`insert into jr_work_queue (title) values ('one')`)
    await other.query(`delete from jr_work_queue`)
    const { rows } = await other.query(`select kind from jr_events order by id`)
    expect(rows).toEqual([{ kind: 'inserted' }, { kind: 'deleted' }])
  })

  it('names whoever holds the vacuum horizon back', async () => {
    await other.query(`begin isolation level repeatable read; select count(*) from jr_work_queue`)
    const holders = seen((await examine()).horizon)
    expect(holders).toContainEqual(
      expect.objectContaining({ kind: 'session', name: 'psql of eve', state: 'idle in transaction' }),
    )
  })

  it('shows tables that are unlogged or not vacuumed, and local times without a zone', async () => {
    await other.query(`alter table jr_instances set unlogged`)
    await other.query(`alter table jr_status set (autovacuum_enabled = off)`)
    await other.query(`alter table jr_work_queue alter column created_at type timestamp`)
    const facts = await examine()
    expect(seen(facts.tables)).toContainEqual(
      expect.objectContaining({ name: 'jr_instances', unlogged: true }),
    )
    expect(seen(facts.tables)).toContainEqual(
      expect.objectContaining({ name: 'jr_status', autovacuum: false }),
    )
    expect(seen(facts.zone).zonelessColumns).toEqual(['jr_work_queue.created_at'])
  })

  it('measures a sequence by its column, which may be narrower', async () => {
    await other.query(`alter table jr_work_queue alter column id type integer`)
    await other.query(`select setval(pg_get_serial_sequence('jr_work_queue', 'id'), 2000000000)`)
    const [first] = seen((await examine()).sequences)
    expect(first?.name).toBe('jr_work_queue_id_seq')
    expect(first?.used).toBeCloseTo(0.93, 2)
  })

  it('names the rights that a role lacks, and goes on without them', async () => {
    const role = `jr_reader_${systemRandom().hex(4)}`
    const url = new URL(on.url)
    await other.query(`create role ${role}`)
    await other.query(`grant select on jr_work_queue to ${role}`)
    url.searchParams.set('options', `-c role=${role}`)
    const db = connectTo(url.href)
    try {
      const facts = await examine(db)
      expect(seen(facts.rights)).toContainEqual({
        object: 'jr_work_queue',
        kind: 'table',
        rights: ['DELETE', 'INSERT', 'UPDATE'],
      })
    } finally {
      await db.close()
      await other.query(`drop owned by ${role}`)
      await other.query(`drop role ${role}`)
    }
  })

  it('throws when nobody is there', async () => {
    const url = new URL(on.url)
    url.port = '1'
    const db = connectTo(url.href)
    await expect(examine(db)).rejects.toMatchObject({ code: 'db.unreachable' })
    await db.close()
  })
})

function seen<T>(part: Look<T>): T {
  if (part.kind === 'unseen') throw new Error(part.why)
  return part.value
}
