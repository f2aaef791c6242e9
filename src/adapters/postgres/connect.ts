import { Client, Pool, type ClientBase, type ClientConfig, type PoolClient } from 'pg'
import { OperationalError } from '../../errors.ts'
import { readConnectionTarget, type ConnectionTarget } from './connection-target.ts'
import { openDedicated, type DedicatedConnection, type DedicatedOptions } from './dedicated.ts'
import { isBroken, isRetryableConflict } from './driver-errors.ts'
import { numericTypes } from './numeric-types.ts'
import { refusesStartupParameters, routeOf, type Route } from './pooler.ts'
import { askMs, createSilenceWatch, type SilenceWatch } from './silence-watch.ts'
import { createSockets } from './sockets.ts'
import {
  createStatements,
  translated,
  type Queryable,
  type ServerLimits,
  type Statements,
} from './statements.ts'

export type { DedicatedConnection } from './dedicated.ts'
export type { Queryable } from './statements.ts'

export interface ConnectOptions {
  poolSize: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  lockTimeoutMs: number
  /** Shown in pg_stat_activity, and as the actor of events that nobody else signs. */
  applicationName: string
  /** The same database by a way without a pooler, for what needs a session of its own. Without it: the target itself. */
  direct?: ConnectionTarget
}

/** A pool of bounded size, every wait of which is bounded too. */
export interface Database extends Queryable {
  readonly target: ConnectionTarget
  /** Runs `work` between BEGIN and COMMIT; rolled back when it throws; run again when Postgres asks for it (deadlock). */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /**
   * What `work` asks at the same time goes out on one connection without waiting for the answers between, each statement a
   * transaction of its own: a busy connection costs both sides much less than several that take turns. Through a pooler the
   * statements go their ordinary way.
   */
  pipelined<T>(work: (each: Queryable) => Promise<T>): Promise<T>
  /** A connection of one's own, for LISTEN and for statements that may take long. The caller ends it. */
  dedicated(options: DedicatedOptions): Promise<DedicatedConnection>
  /** Lets go of every connection, with no socket or timer left when it settles. Idempotent. */
  close(): Promise<void>
}

/** A conflict that Postgres wants repeated is repeated so often before it is reported. */
const conflictAttempts = 4
/** The client gives up a little after the server should have, for the case that the network swallowed the answer. */
const clientGraceMs = 1_000
/** A transaction left open by a bug of ours frees its locks after this long. */
const idleInTransactionMs = 30_000
/** A pooled connection unused for so long is closed. */
const idleConnectionMs = 60_000
/** A goodbye that is not answered within this time is cut short. */
const goodbyeMs = 1_000

/** What the first connection found out. */
interface Way {
  route: Route
  pool: Pool
  watch: SilenceWatch
  statements: Statements
}

/**
 * A pool over `target`. Connects lazily: the first query tells whether the database is there, and whether a pooler stands
 * before it (see pooler.ts).
 * @throws OperationalError from every query, with the codes of driver-errors.ts
 */
export function connect(target: ConnectionTarget, options: ConnectOptions): Database {
  const sockets = createSockets()
  const limits: ServerLimits = {
    statementMs: options.statementTimeoutMs,
    lockMs: options.lockTimeoutMs,
    idleInTransactionMs,
  }
  const base = { ...clientConfig(options), stream: () => sockets.open() }
  let opening: Promise<Way> | undefined
  let closing: Promise<void> | undefined

  const openPool = (route: Route): Pool => {
    const pool = new Pool({
      ...readConnectionTarget(target),
      ...base,
      ...(route === 'direct' ? startupSettings(limits) : {}),
      max: options.poolSize,
      pipeline: route === 'direct',
      idleTimeoutMillis: idleConnectionMs,
    })
    // A connection that breaks must not crash the process; the next query opens another one.
    pool.on('error', ignore)
    pool.on('connect', (client) => client.on('error', ignore))
    return pool
  }

  const findWay = async (): Promise<Way> => {
    const { pool, route } = await translated(target, () => findRoute(openPool))
    const idle = idleClients(pool)
    const watch = createSilenceWatch({
      makeClient: () =>
        new Client({
          ...readConnectionTarget(target),
          ...base,
          connectionTimeoutMillis: Math.min(options.connectTimeoutMs, askMs),
          query_timeout: askMs,
        }),
      knowsPids: () => route === 'direct',
      cut(clients, alsoIdle) {
        for (const client of [...clients, ...(alsoIdle ? idle : [])]) cutClient(client)
      },
    })
    return { route, pool, watch, statements: createStatements({ route, target, limits, watch }) }
  }
  /** A failure is not kept: the next query tries again. */
  const way = (): Promise<Way> => {
    if (closing !== undefined) throw afterClose(target)
    return (opening ??= findWay().catch((error: unknown) => {
      opening = undefined
      throw error
    }))
  }

  const onClient = async <T>(
    work: (statements: Statements, client: PoolClient) => Promise<T>,
    isLost: () => boolean = () => false,
  ): Promise<T> => {
    const { pool, statements } = await way()
    const client = await translated(target, () => pool.connect())
    let broken = false
    try {
      return await work(statements, client)
    } catch (error) {
      broken = isBroken(error)
      throw error
    } finally {
      client.release(broken || isLost())
    }
  }

  /** Each idle connection may hold a stale plan, and one is enough for a conflict. */
  const repeated = <T>(work: () => Promise<T>): Promise<T> =>
    repeatOnConflict(Math.max(conflictAttempts, options.poolSize + 1), work)

  const query: Queryable['query'] = (text, values, name) =>
    repeated(() => onClient((statements, client) => statements.single(client, text, values, name)))

  const pipelined = async <T>(work: (each: Queryable) => Promise<T>): Promise<T> => {
    if ((await way()).route === 'pooled') return work({ query })
    let isLost = false
    const on = (statements: Statements, client: PoolClient): Queryable => ({
      async query(text, values, name) {
        try {
          return await statements.single(client, text, values, name)
        } catch (error) {
          if (isRetryableConflict(error)) return query(text, values, name)
          isLost ||= isBroken(error)
          throw error
        }
      },
    })
    return onClient(
      (statements, client) => work(on(statements, client)),
      () => isLost,
    )
  }

  const close = async (): Promise<void> => {
    const found = await opening?.catch(() => undefined)
    await found?.pool.end()
    found?.watch.close()
    await sockets.closed(goodbyeMs)
  }

  return {
    target,
    query,
    transaction: (work) =>
      repeated(() => onClient((statements, client) => statements.transaction(client, work))),
    pipelined,
    async dedicated(wanted) {
      if (closing !== undefined) throw afterClose(target)
      return openDedicated(
        options.direct ?? target,
        (withStartup, { queryTimeoutMs, statementTimeoutMs }) =>
          new Client({
            ...readConnectionTarget(options.direct ?? target),
            ...base,
            query_timeout: queryTimeoutMs,
            ...(withStartup ? startupSettings({ ...limits, statementMs: statementTimeoutMs }) : {}),
          }),
        wanted,
      )
    },
    close: () => (closing ??= close()),
  }
}

function afterClose(target: ConnectionTarget): OperationalError {
  return new OperationalError(`the connections to ${target.describe()} are closed already`, {
    code: 'db.closed',
    retryable: false,
  })
}

function clientConfig(options: ConnectOptions): ClientConfig {
  return {
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.statementTimeoutMs + clientGraceMs,
    keepAlive: true,
    types: numericTypes,
  }
}

function startupSettings({ statementMs, lockMs, idleInTransactionMs: idleMs }: ServerLimits): ClientConfig {
  return {
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleMs,
    options: planSettings,
  }
}

/**
 * Our statements are written for one plan each, by indexes. Left to itself Postgres plans a prepared one anew each time its
 * guess for the parameters at hand looks cheaper than the general one, which costs more than running it; and keeps a plan
 * made while a table was empty, that reads the whole of it, until statistics come. A bitmap has read all that fits before it
 * tells the first row, so that no limit bounds it. Compiling such plans never pays.
 */
const planSettings =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c jit=off -c random_page_cost=1.1'

/** Tries the direct way first, which a pooler refuses, or takes without heeding our limits. */
async function findRoute(openPool: (route: Route) => Pool): Promise<{ pool: Pool; route: Route }> {
  const pool = openPool('direct')
  try {
    if ((await routeOfPool(pool)) === 'direct') return { pool, route: 'direct' }
  } catch (error) {
    await pool.end()
    if (!refusesStartupParameters(error)) throw error
    return { pool: openPool('pooled'), route: 'pooled' }
  }
  await pool.end()
  return { pool: openPool('pooled'), route: 'pooled' }
}

async function routeOfPool(pool: Pool): Promise<Route> {
  const client = await pool.connect()
  let broken = true
  try {
    const route = await routeOf(client)
    broken = false
    return route
  } finally {
    client.release(broken)
  }
}

/** The pool's clients that nobody uses, as they come and go. */
function idleClients(pool: Pool): Iterable<ClientBase> {
  const idle = new Set<ClientBase>()
  pool.on('release', (error, client) => void (error ? idle.delete(client) : idle.add(client)))
  pool.on('acquire', (client) => void idle.delete(client))
  pool.on('remove', (client) => void idle.delete(client))
  return idle
}

function cutClient(client: ClientBase): void {
  if (client instanceof Client) client.connection.stream.destroy()
}

async function repeatOnConflict<T>(attempts: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= attempts || !isRetryableConflict(error)) throw error
    }
  }
}

function ignore(): void {}
