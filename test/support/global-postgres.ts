import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { systemClock } from '../../src/adapters/clock.ts'
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/adapters/embedded-postgres/embedded-postgres.ts'
import { systemRandom } from '../../src/adapters/random.ts'
import { fakeLogger } from '../fakes/logger.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server whose user may create databases. */
    databaseUrl: string
    /** Names the databases of this run, so that runs on one server do not meet. */
    databaseRun: string
  }
}

interface Server {
  url: string
  run: string
  stop(): Promise<void>
}

/** One server for the whole run: every project's setup comes here, in one process but each with its own copy of this module. */
interface Shared {
  users: number
  server: Promise<Server>
}

const shared = globalThis as { jrctlTestPostgres?: Shared }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ours = (shared.jrctlTestPostgres ??= { users: 0, server: startServer() })
  ours.users++
  const { url, run } = await ours.server
  project.provide('databaseUrl', url)
  project.provide('databaseRun', run)
  return async () => {
    if (--ours.users > 0) return
    delete shared.jrctlTestPostgres
    await (await ours.server).stop()
  }
}

/** `JRCTL_TEST_DATABASE_URL` names another server, for instance a PostgreSQL 15. */
async function startServer(): Promise<Server> {
  const run = randomBytes(4).toString('hex')
  const given = process.env['JRCTL_TEST_DATABASE_URL']
  if (given !== undefined && given !== '') return { url: given, run, stop: () => dropDatabases(given, run) }
  await sweepAbandoned()
  const stateDir = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`))
  const server = embedded(stateDir)
  const { url, socketUrl } = await server.start()
  await letCreateRoles(stateDir, socketUrl.reveal())
  return { url: url.reveal(), run, stop: () => remove(server, stateDir) }
}

/** For tests of programs with fewer rights than ours. The superuser comes by the socket alone. */
async function letCreateRoles(stateDir: string, socketUrl: string): Promise<void> {
  const url = new URL(socketUrl)
  const host = url.searchParams.get('host') ?? undefined
  const port = Number(url.searchParams.get('port') ?? url.port)
  const password = (await readFile(join(stateDir, 'postgres/admin-password'), 'utf8')).trim()
  const client = new Client({ host, port, user: 'postgres', password, database: 'postgres' })
  await client.connect()
  // Since PostgreSQL 16 who makes a role is not by itself allowed to become it.
  await client.query(
    "ALTER ROLE jrctl CREATEROLE; ALTER ROLE jrctl SET createrole_self_grant = 'set, inherit'",
  )
  await client.end()
}

const folderPrefix = 'jrctl-test-postgres-'

/** The servers of runs that were killed before their teardown: the folder's name tells the run's process. */
async function sweepAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(folderPrefix))
  for (const name of names) {
    const pid = Number(name.slice(folderPrefix.length).split('-')[0])
    const stateDir = join(tmpdir(), name)
    if (!lives(pid)) await remove(embedded(stateDir), stateDir)
  }
}

function embedded(stateDir: string): EmbeddedPostgres {
  return createEmbeddedPostgres({
    stateDir,
    clock: systemClock(),
    random: systemRandom(),
    logger: fakeLogger(),
    durable: false,
  })
}

async function remove(server: EmbeddedPostgres, stateDir: string): Promise<void> {
  await server.stop()
  await rm(stateDir, { recursive: true, force: true })
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function dropDatabases(url: string, run: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const like = `jrctl\\_test\\_${run}\\_%`
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname LIKE $1',
      [like],
    )
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`)
  } finally {
    await client.end()
  }
}
