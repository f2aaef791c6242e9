import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/embedded-postgres.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** The PostgreSQL that jrctl brings along, with its own settings: fsync and synchronous commits on. One for all contenders. */
export interface BenchServer {
  /** A database of one's own with nothing in it. */
  database(): Promise<BenchDatabase>
  stop(): Promise<void>
}

export interface BenchDatabase {
  url: string
  /** One connection for the bench's own questions. */
  client: Client
  /** Before a measurement: statistics fresh, nothing dirty left for the next checkpoint. */
  settle(): Promise<void>
  drop(): Promise<void>
}

export async function startServer(): Promise<BenchServer> {
  const stateDir = await mkdtemp(join(tmpdir(), 'jrctl-bench-'))
  const server = createEmbeddedPostgres({
    stateDir,
    clock: systemClock(),
    random: systemRandom(),
    logger: fakeLogger(),
  })
  const { url, socketUrl } = await server.start()
  const admin = await adminClient(stateDir, socketUrl.reveal())
  let made = 0
  const stop = async (): Promise<void> => {
    await admin.end()
    await server.stop()
    await rm(stateDir, { recursive: true, force: true })
  }
  // It runs on by itself otherwise, as it is made to do.
  const interrupted = (): void => void stop().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  return {
    async database() {
      const name = `bench_${(made += 1)}`
      await admin.query(`create database ${name} owner jrctl`)
      return openDatabase(admin, url.reveal(), name)
    },
    async stop() {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      await stop()
    },
  }
}

async function openDatabase(admin: Client, serverUrl: string, name: string): Promise<BenchDatabase> {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const client = new Client({ connectionString: url.href })
  // Ended by force when a bench fails and its database is dropped.
  client.on('error', () => {})
  await client.connect()
  return {
    url: url.href,
    client,
    async settle() {
      await client.query('vacuum (analyze)')
      await admin.query('checkpoint')
    },
    async drop() {
      await client.end()
      await admin.query(`drop database ${name} with (force)`)
    },
  }
}

/** The superuser, who comes by the socket alone; only he may ask for checkpoints. */
async function adminClient(stateDir: string, socketUrl: string): Promise<Client> {
  const url = new URL(socketUrl)
  const client = new Client({
    host: url.searchParams.get('host') ?? '',
    port: Number(url.port),
    user: 'postgres',
    password: (await readFile(join(stateDir, 'postgres/admin-password'), 'utf8')).trim(),
    database: 'postgres',
  })
  await client.connect()
  return client
}
