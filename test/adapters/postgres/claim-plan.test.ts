import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/adapters/postgres/connect.ts'
import { statement as claimStatement } from '../../../src/adapters/postgres/sql/claim.ts'
import { statement as completeStatement } from '../../../src/adapters/postgres/sql/complete.ts'
import { statement as countsStatement } from '../../../src/adapters/postgres/sql/counts.ts'
import { statement as firstInLineStatement } from '../../../src/adapters/postgres/sql/first-in-line.ts'
import { statement as inProgressStatement } from '../../../src/adapters/postgres/sql/in-progress.ts'
import { statement as makeReadyStatement } from '../../../src/adapters/postgres/sql/make-ready.ts'
import { explain, nodes, scansOf } from './support/plan.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const backlog = 20_000
const noSuchWork = ['Idle Jr.']

/** The cost of each operation must not grow with what lies about: backlog, future rows, history. */
describe('plans on 20,000 ready, 20,000 future and 20,000 finished tasks', () => {
  let database: QueueDatabase
  beforeAll(async () => {
    database = await queueDatabase()
    await fill(database.db)
  })
  afterAll(() => database.dispose())

  const claimValues = (jrs: readonly string[]) => {
    const probes = jrs.flatMap((jr) => [
      [jr, 0],
      [jr, 1],
    ])
    const all = <T>(value: T) => probes.map(() => value)
    const places = [all(-(2 ** 40)), all(-(2 ** 31)), all('-infinity'), all(0)]
    const columns = [probes.map(([jr]) => jr), probes.map(([, rank]) => rank), ...places]
    return [...columns, 'Research Jr.', 'instance', 'node', 60_000, ['key'], 1]
  }

  it.each([
    ['its own work', ['Research Jr.']],
    ['its own or unassigned work', ['Research Jr.', '']],
    ['nothing', noSuchWork],
  ])('a claim of %s reads a page or two an index', async (_, jrs) => {
    const plan = await explain(database.db, claimStatement, claimValues(jrs))
    expect(scansOf(plan, 'Seq Scan', 'jr_work_queue')).toEqual([])
    // The only thing sorted is the list of lines, one row each.
    for (const sort of nodes(plan).filter((node) => node['Node Type'].includes('Sort')))
      expect(sort['Actual Rows']).toBeLessThanOrEqual(2)
    const ready = nodes(plan).filter((node) => node['Index Name'] === 'jr_work_queue_ready')
    expect(ready.length).toBeGreaterThanOrEqual(2)
    for (const scan of ready) expect(scan['Actual Rows']).toBeLessThanOrEqual(1)
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(100)
  })

  it('a claim is planned the same while the statistics say nothing', async () => {
    const fresh = await queueDatabase()
    try {
      await fill(fresh.db, false)
      const plan = await explain(fresh.db, claimStatement, claimValues(['Research Jr.', '']))
      expect(scansOf(plan, 'Seq Scan', 'jr_work_queue')).toEqual([])
      expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(200)
    } finally {
      await fresh.dispose()
    }
  })

  it('looking where two lines begin reads a page or two a line', async () => {
    const head = [-(2 ** 40), -(2 ** 31), '-infinity', 0]
    const plan = await explain(database.db, firstInLineStatement, [['Research Jr.', ''], ...head])
    expect(scansOf(plan, 'Seq Scan', 'jr_work_queue')).toEqual([])
    for (const sort of nodes(plan).filter((node) => node['Node Type'].includes('Sort')))
      expect(sort['Actual Rows']).toBeLessThanOrEqual(2)
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(20)
  })

  it('looking for due tasks when none is due reads a page or two', async () => {
    const plan = await explain(database.db, makeReadyStatement, [1000])
    expect(scansOf(plan, 'Seq Scan', 'jr_work_queue')).toEqual([])
    expect(nodes(plan).map((node) => node['Index Name'])).toContain('jr_work_queue_due')
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(20)
  })

  it('counting looks at the oldest of each priority of each line, and at no task else', async () => {
    const plan = await explain(database.db, countsStatement, [])
    expect(scansOf(plan, 'Seq Scan', 'jr_work_queue')).toEqual([])
    // Two lines of ten priorities and nine sacred ones each, a few pages a probe.
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(2 * 90 * 6)
  })

  it('completions find their rows by primary keys, whatever lies about', async () => {
    await database.db.query(`update jr_work_queue set status = 'in_progress' where id = any (array[1, 2, 3])`)
    const plan = await explain(database.db, completeStatement, [
      [1, 2, 3],
      [1, 2, 3],
      ['null', 'null', 'null'],
    ])
    expect(nodes(plan).filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
    const used = nodes(plan).flatMap((node) => node['Index Name'] ?? [])
    expect(new Set(used)).toEqual(new Set(['jr_work_queue_pkey', 'jr_attempts_pkey']))
  })

  it('the tasks at work are found by their own index', async () => {
    const plan = await explain(database.db, inProgressStatement, [10_000])
    expect(scansOf(plan, 'Seq Scan', 'jr_work_queue')).toEqual([])
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(60)
  })
})

async function fill(db: Database, analyze = true): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`alter table jr_work_queue disable trigger user`)
    await tx.query(
      `insert into jr_work_queue (title, status, assigned_jr, priority, sacred_fire_priority, scheduled_at, created_at)
       select 'task ' || n, kind.status, case when n % 2 = 0 then 'Research Jr.' end, n % 10, n % 9,
         case when kind.status = 'scheduled' then now() + interval '1 day' end, now() - n * interval '1 second'
       from generate_series(1, $1::int) n, (values ('pending'), ('scheduled'), ('completed')) as kind (status)`,
      [backlog],
    )
    await tx.query(`update jr_work_queue set status = 'in_progress' where id % 3000 = 1`)
    await tx.query(`alter table jr_work_queue enable trigger user`)
  })
  if (analyze) await db.query(`analyze`)
}
