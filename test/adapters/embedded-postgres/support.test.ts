import { Client } from 'pg'
import { expect, test } from 'vitest'
import { emptyDatabase, migratedDatabase } from '../../support/postgres.ts'

test('a test database is empty, its own, and gone after drop', async () => {
  const [one, two] = await Promise.all([emptyDatabase(), emptyDatabase()])
  expect(one.url).not.toBe(two.url)
  expect(await tables(one.url)).toBe(0)
  await Promise.all([one.drop(), two.drop()])
  await expect(tables(one.url)).rejects.toMatchObject({ code: '3D000' })
  await one.drop()
})

test('a migrated database has the schema from the start, and its own rows', async () => {
  const [one, two] = await Promise.all([migratedDatabase(), migratedDatabase()])
  await run(
    one.url,
    `INSERT INTO jr_work_queue (title, description, source, created_by) VALUES ('t', 'd', 's', 'c')`,
  )
  expect(await run(one.url, 'SELECT FROM jr_work_queue')).toBe(1)
  expect(await run(two.url, 'SELECT FROM jr_work_queue')).toBe(0)
  await Promise.all([one.drop(), two.drop()])
})

function tables(url: string): Promise<number> {
  return run(url, `SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
}

/** Answers the number of rows. */
async function run(url: string, text: string): Promise<number> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query(text)).rowCount ?? 0
  } finally {
    await client.end().catch(() => {})
  }
}
