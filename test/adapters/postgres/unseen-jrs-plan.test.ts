import { afterAll, beforeAll, expect, it } from 'vitest'
import { statement, unseenJrs } from '../../../src/adapters/postgres/sql/unseen-jrs.ts'
import { buffersOf, explain, nodes, scansOf } from './support/plan.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

/** As the view of the cluster asks. */
const tasksMax = 10_000
const values = [20, tasksMax]
const perLine = 100_000 / 5

let database: QueueDatabase
beforeAll(async () => {
  database = await queueDatabase()
  // Their events are not looked at here, and take ten times as long as they.
  await database.db.query('alter table jr_work_queue disable trigger user')
  await database.db.query(
    `insert into jr_work_queue (title, status, assigned_jr)
     select 'task ' || n, 'pending', (array['A Jr.', 'B Jr.', 'Nobody Jr.', 'Typo Jr.', null])[1 + n % 5]
     from generate_series(1, 5 * $1::int) n`,
    [perLine],
  )
  await database.db.query(
    `insert into jr_status select name, 'idle', true, now(), 0 from unnest(array['A Jr.', 'B Jr.']) name`,
  )
})
afterAll(() => database.dispose())

it.each([
  ['without statistics', 'select 1'],
  ['with statistics', 'analyze'],
])(
  'who is unseen is found among 100,000 waiting tasks by the pages of those that are counted, %s',
  async (_, prepare) => {
    await database.db.query(prepare)
    const plan = await explain(database.db, statement, values)
    for (const table of ['jr_work_queue', 'jr_instances', 'jr_events'])
      expect(scansOf(plan, 'Seq Scan', table)).toEqual([])
    const read = nodes(plan).filter((node) => node['Relation Name'] === 'jr_work_queue')
    expect(read.length).toBeGreaterThan(0)
    // A probe a line, and as many tasks of each as are counted.
    for (const node of read) expect(node['Actual Rows']).toBeLessThanOrEqual(tasksMax)
    expect(buffersOf(plan)).toBeLessThan(4_000)
    expect(await unseenJrs(database.db, 20, tasksMax)).toEqual([
      { jrName: 'Nobody Jr.', tasks: tasksMax },
      { jrName: 'Typo Jr.', tasks: tasksMax },
    ])
  },
)
