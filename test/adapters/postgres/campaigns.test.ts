import { afterEach, expect, it } from 'vitest'
import { createCampaigns } from '../../../src/adapters/postgres/campaigns.ts'
import { migrate } from '../../../src/adapters/postgres/migrate.ts'
import { statement as listStatement } from '../../../src/adapters/postgres/sql/campaign-list.ts'
import { campaignsContract } from '../../contract-suites/campaigns.ts'
import { fakeCampaigns } from '../../fakes/campaigns.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { buffersOf, explain, nodes } from './support/plan.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

campaignsContract('PostgreSQL', async () => {
  const made = await queueDatabase()
  return {
    campaigns: createCampaigns(made.db),
    nowMs: async () => {
      const [row] = await made.db.query<{ now: number }>(`select extract(epoch from now()) * 1000 as now`)
      return Math.round(Number(row?.now))
    },
    dispose: made.dispose,
  }
})

campaignsContract('the fake', async () => {
  const clock = fakeClock()
  return {
    campaigns: fakeCampaigns(clock),
    nowMs: async () => clock.wallMs(),
    dispose: async () => {},
  }
})

const opened: QueueDatabase[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.dispose()))
})

async function database(sql: string): Promise<QueueDatabase> {
  const made = await queueDatabase(sql)
  opened.push(made)
  return made
}

it('two that add the same name at once make one campaign', async () => {
  const { db, url } = await database('')
  await migrate(db)
  const other = connectTo(url)
  try {
    const verdicts = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        createCampaigns(index % 2 === 0 ? db : other).add({ name: index % 3 === 0 ? 'Spring' : 'spring' }),
      ),
    )
    expect(verdicts.map(({ kind }) => kind).toSorted()).toEqual(['done', ...Array<string>(7).fill('taken')])
  } finally {
    await other.close()
  }
})

it('reads and completes a table that another program has, and keeps its rows', async () => {
  const { db } = await database(`
    create table jr_campaigns (id serial primary key, name varchar(50) not null, budget numeric(10, 2), owner text);
    insert into jr_campaigns (name, budget, owner) values ('Old', 120.50, 'ann'), ('No budget', null, 'bob'),
      ('OLD ', 1, 'eve');`)
  await migrate(db)
  const campaigns = createCampaigns(db)
  const [third, second, first] = await campaigns.list({ limit: 10 })
  expect(first).toEqual({
    id: 1,
    name: 'Old',
    status: 'active',
    budget: 120.5,
    startsAt: null,
    endsAt: null,
    isActive: true,
  })
  expect(second).toMatchObject({ name: 'No budget', budget: 0 })
  expect(third?.id).toBe(3)
  expect((await campaigns.find([{ name: 'old' }])).map(({ id }) => id)).toEqual([1, 3])
  expect(await campaigns.set(1, { status: 'completed', startsAt: 1_000 })).toMatchObject({
    kind: 'done',
    campaign: { status: 'completed', startsAt: 1_000, isActive: false },
  })
  expect(await db.query(`select owner from jr_campaigns where id = 1`)).toEqual([{ owner: 'ann' }])
})

it('lists by the key, a page at a time, whatever there is', async () => {
  const { db } = await database('')
  await migrate(db)
  await db.query(`insert into jr_campaigns (name) select 'campaign ' || n from generate_series(1, 5000) n`)
  const plan = await explain(db, listStatement, [false, 4000, 20])
  expect(nodes(plan).map((node) => node['Index Name'] ?? '')).toContain('jr_campaigns_pkey')
  expect(buffersOf(plan)).toBeLessThan(20)
})

it('refuses a table of that name that is none of campaigns, and changes nothing', async () => {
  const { db } = await database(`create table jr_campaigns (id uuid primary key, name text, starts_at date)`)
  await expect(migrate(db)).rejects.toMatchObject({
    code: 'db.schema',
    message: expect.stringMatching(/jr_campaigns\.id is uuid.*jr_campaigns\.starts_at is date/s) as unknown,
  })
})
