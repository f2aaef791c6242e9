import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pgbouncerMissing, startPgBouncer, type PgBouncer } from '../support/pgbouncer.ts'
import { jrctl, start, temporaryPlace, type Place } from '../support/jrctl.ts'
import { emptyDatabase, type TestDatabase } from '../support/postgres.ts'
import { scripted, until } from './fleet.ts'

const name = 'a fleet behind PgBouncer in transaction mode (spec §16)'

describe(
  pgbouncerMissing === null ? name : `${name} (${pgbouncerMissing})`,
  { skip: pgbouncerMissing !== null },
  () => {
    let database: TestDatabase
    let bouncer: PgBouncer
    let place: Place
    let sql: Client
    beforeEach(async () => {
      database = await emptyDatabase()
      bouncer = await startPgBouncer(database.url, { mode: 'transaction' })
      place = await temporaryPlace({ DATABASE_URL: bouncer.url })
      sql = new Client({ connectionString: database.url })
      await sql.connect()
    })
    afterEach(async () => {
      await sql.end()
      await place.remove()
      await bouncer.stop()
      await database.drop()
    })

    const configure = (settings: string) =>
      writeFile(
        join(place.dir, 'jrctl.toml'),
        `state_dir = "state"\n[queue]\n${settings}\n${scripted('Research Jr.', 'cat > /dev/null; echo done')}`,
      )
    const withDirect = () => `listen_url = ${JSON.stringify(database.url)}`

    it.each([
      ['polling', () => '', false],
      ['listening by a direct connection', withDirect, true],
    ])('does its tasks, %s', async (_, settings, listens) => {
      await configure('')
      const refused = await jrctl(place, ['migrate'])
      expect(refused).toMatchObject({
        code: 69,
        stderr: expect.stringContaining('[queue] listen_url') as unknown,
      })
      await configure(withDirect())
      expect(await jrctl(place, ['migrate'])).toMatchObject({ code: 0 })

      await configure(settings())
      const daemon = start(place, ['daemon'])
      await daemon.said(/ runs, pid/)
      try {
        expect(await jrctl(place, ['tasks', 'add', 'first', '--assign', 'Research Jr.'])).toMatchObject({
          code: 0,
        })
        await sql.query(`insert into jr_work_queue (title, assigned_jr) values ('second', 'Research Jr.')`)
        await until(
          async () => (await sql.query(`select from jr_work_queue where status = 'completed'`)).rowCount,
          (done) => done === 2,
        )
        const { stdout } = await jrctl(place, ['status', '--json'])
        expect(JSON.parse(stdout)).toMatchObject({ database: { listening: listens } })
      } finally {
        daemon.child.kill('SIGTERM')
        expect(await daemon.exited).toBe(0)
      }
    })
  },
)
