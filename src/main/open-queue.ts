import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exchangeNote } from '../adapters/backup/exchange.ts'
import { embeddedNextStep } from '../adapters/embedded-postgres/next-step.ts'
import type { ConnectionTarget } from '../adapters/postgres/connection-target.ts'
import { connect, type Database } from '../adapters/postgres/connect.ts'
import { targetOfUrl, urlOfParts } from '../adapters/postgres/connection-target.ts'
import { ensurePrivateDirectory } from '../adapters/sqlite/private-path.ts'
import { readSecretFile } from '../config/secret-file.ts'
import {
  type ConnectionQuestion,
  resolveConnection,
  resolveDirectConnection,
  withPassword,
  type ServerChoice,
} from '../config/connection.ts'
import { type Policy, Secret } from '../config/policy.ts'
import { OperationalError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { requireEntry } from './require-entry.ts'

export interface OpenQueueOptions {
  policy: Policy
  env: NodeJS.ProcessEnv
  /** A person started us and sees what we say. */
  onTerminal: boolean
  /** As of `resolveConnection`. */
  refusal?: ConnectionQuestion['refusal']
  /** What the database shows of us, and the actor of events that nobody else signs. */
  applicationName: string
  /** Starts the embedded database when it does not run; else one that does not run is an error. */
  startEmbedded: boolean
  /** Left out: what is started is made first, where there is none yet. False: then that is the error `db.absent`. */
  makeEmbedded?: boolean
  /** How the daemon comes to run, with which the embedded database does; null or left out: by `jrctl daemon`. */
  start?: string | null
  clock: Clock
  random: Random
  logger: Logger
  /** Says something to the person. */
  note(text: string): void
}

export interface OpenedQueue {
  database: Database
  target: ConnectionTarget
  embedded: boolean
  /** The server ran before we came; always so for one that somebody else runs. */
  adopted: boolean
  /** The connection as variables, for legacy workers. Holds secrets. */
  environment: Record<string, string>
  /** Closes the connections. */
  close(): Promise<void>
  /** Adopts or starts the embedded database again; null for one that somebody else runs. */
  revive: (() => Promise<void>) | null
  /** Ends the embedded database; nothing for one that somebody else runs. */
  stopServer(): Promise<void>
}

/** How the embedded database is when it is not running. */
const notRunning = {
  absent: 'is not there yet',
  stopped: 'is not running',
  starting: 'is starting, and not ready yet',
  running: 'runs, and nobody can log in any more',
} as const

/** Finds the queue's database (spec §1), starting the embedded one when asked to. Connects lazily. */
export async function openQueue(options: OpenQueueOptions): Promise<OpenedQueue> {
  const { policy, env } = options
  const { onTerminal, refusal = null } = options
  const choice = resolveConnection({ queue: policy.queue, env, onTerminal, refusal })
  if (choice.kind === 'server') {
    const target = await serverTarget(choice)
    const directChoice = resolveDirectConnection(policy.queue)
    const direct = directChoice === null ? null : await serverTarget(directChoice)
    return opened(options, {
      target,
      direct,
      embedded: false,
      adopted: true,
      environment: { ...variablesOf(target), ...(direct === null ? {} : directVariables(direct)) },
      revive: null,
      stopServer: async () => {},
    })
  }
  if (choice.notice !== null) options.note(choice.notice)
  const { stateDir } = policy
  await requireEntry(stateDir, { what: `the embedded database of ${stateDir}`, code: 'db.denied' })
  requireNoRestore(stateDir)
  const [{ createEmbeddedPostgres }, { openParcels }] = await Promise.all([
    import('../adapters/embedded-postgres/embedded-postgres.ts'),
    import('../adapters/parcels/parcels.ts'),
  ])
  const parcels = openParcels(env, options.clock)
  const embedded = createEmbeddedPostgres({
    stateDir: policy.stateDir,
    clock: options.clock,
    random: options.random,
    logger: options.logger,
    binaries: env['JRCTL_POSTGRES_BIN'],
    ...(parcels === null ? {} : { unpack: () => parcels.folder('postgres') }),
    env,
  })
  const { state } = await embedded.status()
  // Whoever starts it makes the folder around it, too, which a daemon is to find for its owner alone.
  const starts = options.startEmbedded && (state !== 'absent' || options.makeEmbedded !== false)
  if (starts) ensurePrivateDirectory(stateDir)
  const server = await (starts ? embedded.start() : state === 'running' ? embedded.find() : null)
  if (server === null) {
    throw new OperationalError(`the embedded database of ${policy.stateDir} ${notRunning[state]}`, {
      code: options.makeEmbedded === false && state === 'absent' ? 'db.absent' : 'db.unreachable',
      retryable: true,
      hint: `It runs with the daemon. ${options.start ?? 'Start one with `jrctl daemon`.'}`,
    })
  }
  return opened(options, {
    target: {
      ...targetOfUrl(server.socketUrl),
      describe: () => `embedded PostgreSQL on port ${server.port}`,
      nextStep: () => embeddedNextStep(policy.stateDir),
    },
    direct: null,
    embedded: true,
    adopted: server.adopted,
    environment: server.environment(),
    revive: async () => {
      // A server that runs and does not answer is busy, stopped or recovering: it comes back by itself.
      if ((await embedded.status()).state === 'running') return
      const again = await embedded.start()
      // Its address is in the environment of every worker, and in our own pool.
      if (again.port !== server.port) throw movedAway(server.port, again.port)
    },
    stopServer: async () => {
      await embedded.stop()
    },
  })
}

/** In the middle of one the database may be missing, and would be made anew. */
function requireNoRestore(stateDir: string): void {
  if (!existsSync(join(stateDir, exchangeNote))) return
  throw new OperationalError(`a restore into ${stateDir} was interrupted and is not complete`, {
    code: 'state.restoring',
    retryable: false,
    hint: 'The next start of the daemon completes it: jrctl daemon',
  })
}

type Found = Omit<OpenedQueue, 'database' | 'close'> & { direct: ConnectionTarget | null }

function opened({ policy, applicationName }: OpenQueueOptions, found: Found): OpenedQueue {
  const { poolSize, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = policy.queue
  const database = connect(found.target, {
    ...(found.direct === null ? {} : { direct: found.direct }),
    poolSize,
    connectTimeoutMs,
    statementTimeoutMs,
    lockTimeoutMs,
    applicationName,
  })
  const { direct: _, ...shown } = found
  return { ...shown, database, close: () => database.close() }
}

async function serverTarget(choice: ServerChoice): Promise<ConnectionTarget> {
  const connection =
    choice.passwordFile === null
      ? choice.connection
      : withPassword(choice.connection, await readSecretFile(choice.passwordFile))
  return { connection, describe: () => choice.describe() }
}

/** The variables by which a legacy worker finds the same database. */
function variablesOf({ connection }: ConnectionTarget): Record<string, string> {
  if (connection instanceof Secret) return { DATABASE_URL: connection.reveal() }
  if (!('host' in connection)) return {}
  const { host, port, database, user, password, sslMode, sslRootCert } = connection
  return {
    DATABASE_URL: urlOfParts(connection).href,
    PGHOST: host,
    PGDATABASE: database,
    PGUSER: user,
    ...(port === undefined ? {} : { PGPORT: String(port) }),
    ...(password === undefined ? {} : { PGPASSWORD: password.reveal() }),
    ...(sslMode === undefined ? {} : { PGSSLMODE: sslMode }),
    ...(sslRootCert === undefined ? {} : { PGSSLROOTCERT: sslRootCert }),
  }
}

/** Under the name by which our own workers know it: no legacy worker listens. */
function directVariables(direct: ConnectionTarget): Record<string, string> {
  return { JRCTL_QUEUE_LISTEN_URL: variablesOf(direct)['DATABASE_URL'] ?? '' }
}

function movedAway(from: number, to: number): OperationalError {
  return new OperationalError(
    `the embedded database came back on port ${to}, because ${from} is taken by another program`,
    {
      code: 'embedded.moved',
      retryable: false,
      hint: 'Restart the daemon, so that it and its workers learn the new address.',
    },
  )
}
