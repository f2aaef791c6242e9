import { Client, Pool, type ClientBase, type ClientConfig, type PoolClient } from 'pg'
import { readConnectionTarget, type ConnectionTarget } from './connection-target.ts'
import { isRetryableConflict, translateDriverError } from './driver-errors.ts'
import { numericTypes } from './numeric-types.ts'

export interface ConnectOptions {
  poolSize: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  lockTimeoutMs: number
  /** Shown in pg_stat_activity, and as the actor of events that nobody else signs. */
  applicationName: string
}

/** Something that runs SQL. Driver errors arrive translated (see driver-errors.ts). */
export interface Queryable {
  /**
   * @param name of the statement, when it is worth keeping prepared in the session: parsed and planned once a connection.
   * One name has one text for ever.
   */
  query<Row extends object>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>
}

/** A pool of bounded size, every wait of which is bounded too. */
export interface Database extends Queryable {
  readonly target: ConnectionTarget
  /** Runs `work` between BEGIN and COMMIT; rolled back when it throws; run again when Postgres asks for it (deadlock). */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /** A connection of one's own, for LISTEN and for statements that may take long. The caller ends it. */
  dedicated(options: { queryTimeoutMs: number; statementTimeoutMs: number }): Promise<DedicatedConnection>
  /** Lets go of every pooled connection. Idempotent. */
  close(): Promise<void>
}

export interface DedicatedConnection extends Queryable {
  readonly client: Client
  end(): Promise<void>
}

/** A conflict that Postgres wants repeated is repeated so often before it is reported. */
const conflictAttempts = 4
/** The client gives up a little after the server should have, for the case that the network swallowed the answer. */
const clientGraceMs = 1_000
/** A transaction left open by a bug of ours frees its locks after this long. */
const idleInTransactionMs = 30_000
/** A pooled connection unused for so long is closed. */
const idleConnectionMs = 60_000

/**
 * A pool over `target`. Connects lazily: the first query tells whether the database is there.
 * @throws OperationalError from every query: db.unreachable, db.auth, db.no_such_database, db.timeout, db.read_only,
 * db.conflict, db.schema, db.failed.
 */
export function connect(target: ConnectionTarget, options: ConnectOptions): Database {
  const config = clientConfig(target, options)
  const pool = new Pool({ ...config, max: options.poolSize, idleTimeoutMillis: idleConnectionMs })
  // An idle connection that breaks must not crash the process; the next query opens another one.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  let closing: Promise<void> | undefined

  const onClient = async <T>(work: (client: PoolClient) => Promise<T>): Promise<T> =>
    repeatOnConflict(async () => {
      const client = await translated(target, () => pool.connect())
      let broken = false
      try {
        return await work(client)
      } catch (error) {
        broken = isBroken(error)
        throw error
      } finally {
        client.release(broken)
      }
    })

  return {
    target,
    query: (text, values, name) => onClient((client) => run(target, client, text, values, name)),
    transaction: (work) => onClient((client) => inTransaction(target, client, work)),
    async dedicated({ queryTimeoutMs, statementTimeoutMs }) {
      const client = new Client({
        ...config,
        query_timeout: queryTimeoutMs,
        statement_timeout: statementTimeoutMs,
      })
      client.on('error', ignore)
      await translated(target, () => client.connect())
      return {
        client,
        query: (text, values, name) => run(target, client, text, values, name),
        end: () => endQuietly(client),
      }
    },
    close: () => (closing ??= pool.end()),
  }
}

function clientConfig(target: ConnectionTarget, options: ConnectOptions): ClientConfig {
  return {
    ...readConnectionTarget(target),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.statementTimeoutMs + clientGraceMs,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    types: numericTypes,
  }
}

async function inTransaction<T>(
  target: ConnectionTarget,
  client: PoolClient,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  await run(target, client, 'begin')
  try {
    const result = await work({
      query: (text, values, name) => run(target, client, text, values, name),
    })
    await run(target, client, 'commit')
    return result
  } catch (error) {
    // After a lost connection the server rolls back by itself. A rollback that fails tells that it is lost.
    if (!isBroken(error)) await run(target, client, 'rollback')
    throw error
  }
}

async function run<Row extends object>(
  target: ConnectionTarget,
  client: ClientBase,
  text: string,
  values?: readonly unknown[],
  name?: string,
): Promise<Row[]> {
  const result = await translated(target, () =>
    client.query<Row>({
      text,
      ...(values === undefined ? {} : { values: [...values] }),
      ...(name === undefined ? {} : { name }),
    }),
  )
  return result.rows
}

async function translated<T>(target: ConnectionTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translateDriverError(error, target.describe())
  }
}

async function repeatOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= conflictAttempts || !isRetryableConflict(error)) throw error
    }
  }
}

/** After a timeout or a lost connection nobody knows what the session is doing: it is not used again. */
function isBroken(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['db.unreachable', 'db.timeout'].includes(String(error.code))
  )
}

async function endQuietly(client: Client): Promise<void> {
  await client.end().catch(ignore)
}

function ignore(): void {}
