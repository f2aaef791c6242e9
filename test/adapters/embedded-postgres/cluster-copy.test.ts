import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { openClusterCopy, type CopySink } from '../../../src/adapters/embedded-postgres/cluster-copy.ts'
import type { EmbeddedOptions } from '../../../src/adapters/embedded-postgres/options.ts'
import {
  makeClusterPlace,
  majorVersion,
  removeClusterPlace,
} from '../../../src/adapters/embedded-postgres/restored-cluster.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { afterwards, query, scratch, scratchDir, scratchWithDatabase } from './scratch.ts'

const optionsOf = (stateDir: string, more: Partial<EmbeddedOptions> = {}): EmbeddedOptions => ({
  stateDir,
  clock: systemClock(),
  random: systemRandom(),
  logger: fakeLogger(),
  durable: false,
  ...more,
})

/** Puts a copy into a state directory of its own, as a restore does. */
async function copyInto(from: string, options: EmbeddedOptions): Promise<void> {
  const place = await makeClusterPlace(options)
  const sink: CopySink = {
    folder: async (path) => void (await mkdir(join(place.dataDir, path), { recursive: true, mode: 0o700 })),
    async file(path, bytes, content) {
      const parts: Buffer[] = []
      for await (const part of content) parts.push(part)
      const whole = Buffer.concat(parts)
      expect([path, whole.length]).toEqual([path, bytes])
      await writeFile(join(place.dataDir, path), whole, { mode: 0o600 })
    },
  }
  const copy = await openClusterCopy(from)
  await copy.write(sink)
  await copy.close()
  await place.handOver()
}

async function passwordsAlong(from: string, to: string): Promise<void> {
  for (const name of ['password', 'admin-password'])
    await writeFile(join(to, 'postgres', name), await readFile(join(from, 'postgres', name)), { mode: 0o600 })
}

test('a copy made while others write comes up as one state, with all that was committed before', async () => {
  const server = await scratchWithDatabase()
  const { url } = await server.start()
  await query(url.reveal(), 'CREATE TABLE sums (id int primary key, a int, b int)')
  await query(url.reveal(), 'INSERT INTO sums SELECT n, 0, 0 FROM generate_series(1, 2000) n')
  const client = new Client({ connectionString: url.reveal() })
  await client.connect()
  afterwards(() => client.end())
  const writer = { rounds: 0, enough: false }
  const begun = Promise.withResolvers<void>()
  const writing = (async () => {
    while (!writer.enough) {
      // Both columns in one transaction: a copy that is not of one state would show them apart.
      await client.query('BEGIN; UPDATE sums SET a = a + 1; UPDATE sums SET b = b + 1; COMMIT')
      writer.rounds += 1
      if (writer.rounds === 3) begun.resolve()
      if (writer.rounds % 20 === 0) await client.query('VACUUM sums')
    }
  })()
  await Promise.race([begun.promise, writing])
  const before = writer.rounds
  const to = await scratchDir()
  await copyInto(server.stateDir, optionsOf(to))
  writer.enough = true
  await writing
  await passwordsAlong(server.stateDir, to)

  const restored = await scratch({ stateDir: to })
  const second = await restored.start()
  expect(second.fresh).toBe(false)
  const [row] = await query<{ a: number; b: number; rows: number; equal: boolean }>(
    second.url.reveal(),
    'SELECT min(a) AS a, max(b) AS b, count(*)::int AS rows, bool_and(a = b) AS equal FROM sums',
  )
  expect(row).toMatchObject({ rows: 2000, equal: true })
  expect(row?.a).toBe(row?.b)
  expect(row?.a).toBeGreaterThanOrEqual(before)
  expect(row?.a).toBeLessThanOrEqual(writer.rounds)
  // Nothing is left in the server that was copied: no slot that would keep its log for ever.
  expect(await query(url.reveal(), 'SELECT slot_name FROM pg_replication_slots')).toEqual([])
})

test('a copy without the passwords gets new ones', async () => {
  const server = await scratchWithDatabase()
  const { url } = await server.start()
  await query(url.reveal(), 'CREATE TABLE kept AS SELECT 42 AS n')
  const to = await scratchDir()
  await copyInto(server.stateDir, optionsOf(to))
  const restored = await scratch({ stateDir: to })
  const second = await restored.start()
  expect(second.url.reveal()).not.toContain(new URL(url.reveal()).password)
  expect(await query(second.url.reveal(), 'SELECT n FROM kept')).toEqual([{ n: 42 }])
})

test('a tablespace elsewhere is refused, not forgotten', async () => {
  const server = await scratchWithDatabase()
  await server.start()
  await mkdir(join(server.stateDir, 'postgres/data/pg_tblspc/16999'))
  await expect(openClusterCopy(server.stateDir)).rejects.toMatchObject({ code: 'embedded.tablespace' })
})

test('a server that does not run, or whose superuser nobody knows, is named', async () => {
  const server = await scratchWithDatabase()
  await expect(openClusterCopy(server.stateDir)).rejects.toThrow(/does not run/)
  await server.start()
  await rm(join(server.stateDir, 'postgres/admin-password'))
  await expect(openClusterCopy(server.stateDir)).rejects.toThrow(/password is lost/)
})

test('the PostgreSQL that comes along tells its major version', async () => {
  expect(await majorVersion(optionsOf('/nowhere'))).toBe(18)
})

test.skipIf(process.geteuid?.() !== 0)(
  'as root where user namespaces are forbidden, all of it belongs to nobody, and goes with its place',
  async () => {
    const server = await scratchWithDatabase()
    const { url } = await server.start()
    await query(url.reveal(), 'CREATE TABLE kept AS SELECT 42 AS n')
    const shared = await mkdtemp(join(tmpdir(), 'jrctl-shared-'))
    await chmod(shared, 0o755)
    afterwards(() => rm(shared, { recursive: true, force: true }))
    const to = await scratchDir()
    const more = { asNobody: true, sharedDirs: [shared] }
    await copyInto(server.stateDir, optionsOf(to, more))
    await passwordsAlong(server.stateDir, to)
    const restored = await scratch({ stateDir: to, ...more })
    const second = await restored.start()
    expect(await query(second.url.reveal(), 'SELECT n FROM kept')).toEqual([{ n: 42 }])
    const { uid } = await stat(join(to, 'postgres/data/base'))
    expect(uid).not.toBe(0)
    expect((await stat(`/proc/${second.pid}`)).uid).toBe(uid)
    await restored.stop()
    await removeClusterPlace(to)
    expect(await readdir(shared)).toEqual([])
  },
)
