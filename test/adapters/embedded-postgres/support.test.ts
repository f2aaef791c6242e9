import { Client } from 'pg'
import { expect, test } from 'vitest'
import { emptyDatabase } from '../../support/postgres.ts'

test('a test database is empty, its own, and gone after drop', async () => {
  const [one, two] = await Promise.all([emptyDatabase(), emptyDatabase()])
  expect(one.url).not.toBe(two.url)
  expect(await tables(one.url)).toBe(0)
  await Promise.all([one.drop(), two.drop()])
  await expect(tables(one.url)).rejects.toMatchObject({ code: '3D000' })
  await one.drop()
})

async function tables(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    const { rowCount } = await client.query(
      `SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    )
    return rowCount ?? 0
  } finally {
    await client.end().catch(() => {})
  }
}
