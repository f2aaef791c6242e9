import { join } from 'node:path'
import { Client, type QueryResultRow } from 'pg'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/embedded-postgres.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { pause, signal } from './processes.ts'

/** A PostgreSQL of the run's own, with fsync, that can be killed and comes back where it was. */
export interface ChaosServer {
  /** Straight to it, past the proxy. */
  readonly url: string
  /** Asks by a connection of the test's own, again while the server is away, for 20 s. For what may be done twice. */
  ask<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Once. */
  tell(text: string, values?: unknown[]): Promise<void>
  /** A session of the test's own; the caller ends it. */
  session(): Promise<Client>
  /** Signals the postmaster, waits for its end, starts it again. */
  crash(how: 'SIGKILL' | 'SIGQUIT'): Promise<void>
  /** SIGKILL to one backend of the fleet's: the postmaster ends all the others and recovers. False when there was none. */
  crashBackend(): Promise<boolean>
  stop(): Promise<void>
}

const patienceMs = 20_000

export async function startServer(folder: string): Promise<ChaosServer> {
  const embedded = createEmbeddedPostgres({
    stateDir: join(folder, 'server'),
    clock: systemClock(),
    random: systemRandom(),
    logger: fakeLogger(),
    durable: true,
  })
  let running = await embedded.start()
  const { port } = running
  const url = running.url.reveal()
  let idle: Client | null = null

  async function session(): Promise<Client> {
    const client = new Client({
      connectionString: url,
      application_name: 'chaos',
      connectionTimeoutMillis: 2_000,
      query_timeout: 10_000,
      // Whoever heals a database that was made read-only must not be read-only himself.
      options: '-c default_transaction_read_only=off',
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }

  async function once<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    const client = idle ?? (await session())
    idle = null
    try {
      const { rows } = await client.query<Row>(text, values)
      idle = client
      return rows
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
  }

  async function ask<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      try {
        return await once<Row>(text, values)
      } catch (error) {
        if (performance.now() > deadline) throw error
        await pause(50)
      }
    }
  }

  return {
    url,
    ask,
    session,
    async tell(text, values = []) {
      await once(text, values)
    },
    async crash(how) {
      signal(running.pid, how)
      running = await startAgain()
      if (running.port !== port)
        throw new Error(`the server came back on port ${running.port} instead of ${port}`)
    },
    async crashBackend() {
      const [backend] = await ask<{ pid: number }>(
        `select pid from pg_stat_activity where backend_type = 'client backend' and application_name not in ('chaos', '')
         order by random() limit 1`,
      )
      return backend !== undefined && signal(backend.pid, 'SIGKILL')
    },
    async stop() {
      await idle?.end().catch(() => {})
      await embedded.stop()
    },
  }

  /** A start that finds the dying one adopts it, hence: only when that is gone. */
  async function startAgain(): Promise<typeof running> {
    const deadline = performance.now() + patienceMs
    while (signal(running.pid, 'SIGCONT')) {
      if (performance.now() > deadline) throw new Error('the postmaster does not end')
      await pause(10)
    }
    return embedded.start()
  }
}
