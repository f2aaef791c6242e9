import { UserError } from '../errors.ts'
import { type ConnectionParts, type QueuePolicy, Secret } from './policy.ts'

/** Where the queue is to be found, and who said so. Nothing here has been tried yet. */
export type ConnectionChoice = ServerChoice | EmbeddedChoice

/** A server that somebody else runs. */
export interface ServerChoice {
  kind: 'server'
  source: 'queue.url' | 'queue.listen_url' | 'DATABASE_URL' | 'PG*' | 'CHEROKEE_DB_*'
  connection: Secret | ConnectionParts
  /** Absolute; holds the password, to be read at connecting. Null: none is needed or the connection has it. */
  passwordFile: string | null
  /** Host, database and source, never a secret. */
  describe(): string
}

/** Our own server; its address is known once it runs. */
export interface EmbeddedChoice {
  kind: 'embedded'
  source: 'queue.embedded' | 'terminal'
  /** What must be said aloud before it is used: nobody asked for it in so many words. */
  notice: string | null
  describe(): string
}

/** The same database without a pooler between, by `[queue] listen_url`; null when none is named. */
export function resolveDirectConnection(
  queue: Pick<QueuePolicy, 'listenUrl' | 'passwordFile'>,
): ServerChoice | null {
  if (queue.listenUrl === null) return null
  return serverByUrl(queue.listenUrl.reveal(), 'queue.listen_url', queue.passwordFile)
}

type Environment = Readonly<Record<string, string | undefined>>

export interface ConnectionQuestion {
  queue: Pick<QueuePolicy, 'url' | 'passwordFile' | 'embedded'>
  env: Environment
  /** A person started us and sees what we say; not so under systemd or cron, where a private empty queue would go unseen. */
  onTerminal: boolean
  /** Said where nothing names a queue, in place of making one up: whose fleet it is would be misled. `hint`: null: the usual one. */
  refusal?: { message: string; hint: string | null } | null
}

/**
 * Finds the queue's connection in spec §1's order: `[queue] url`, `DATABASE_URL`, `PG*`, `CHEROKEE_DB_*`, embedded.
 * The first that says where the database is decides, even when it is wrong: a mistake in it must not end in another database.
 * Throws UserError when it is malformed or incomplete, and when there is none.
 */
export function resolveConnection({ queue, env, onTerminal, refusal }: ConnectionQuestion): ConnectionChoice {
  const set = (name: string): string | undefined => env[name] || undefined
  return (
    fromConfiguration(queue) ??
    fromDatabaseUrl(set, queue.passwordFile) ??
    fromPgVariables(set, queue.passwordFile) ??
    fromCherokeeVariables(set, queue.passwordFile) ??
    fromEmbedded(queue.embedded, onTerminal, refusal ?? null)
  )
}

/** The connection with the password that was read from `passwordFile`. */
export function withPassword(
  connection: Secret | ConnectionParts,
  password: Secret,
): Secret | ConnectionParts {
  if (!(connection instanceof Secret)) return { ...connection, password }
  const url = new URL(connection.reveal())
  // The URL standard gives an address without a host (one of a unix socket) no password; as a parameter it counts as well.
  if (url.host === '') url.searchParams.set('password', password.reveal())
  else url.password = encodeURIComponent(password.reveal())
  return new Secret(url.href)
}

type Lookup = (name: string) => string | undefined

function fromConfiguration({ url, passwordFile }: ConnectionQuestion['queue']): ServerChoice | null {
  return url === null ? null : serverByUrl(url.reveal(), 'queue.url', passwordFile)
}

function fromDatabaseUrl(set: Lookup, passwordFile: string | null): ServerChoice | null {
  const url = set('DATABASE_URL')
  return url === undefined ? null : serverByUrl(url, 'DATABASE_URL', passwordFile)
}

type UrlSource = 'queue.url' | 'queue.listen_url' | 'DATABASE_URL'

function serverByUrl(text: string, source: UrlSource, passwordFile: string | null): ServerChoice {
  const url = parseUrl(text, source)
  const hasPassword = url.password !== '' || url.searchParams.has('password')
  // A file beside the url was named for it; one beside a variable only fills what the variable leaves open.
  const keepFile = source === 'queue.url' || !hasPassword
  return {
    kind: 'server',
    source,
    connection: new Secret(text),
    passwordFile: keepFile ? passwordFile : null,
    describe: () => `${addressOf(url)} (from ${nameOf[source]})`,
  }
}

/** The text is not repeated in the message: it may hold a password. */
function parseUrl(text: string, source: UrlSource): URL {
  // libpq takes credentials without a host (`user:password@/database?host=/folder`), which the URL standard forbids.
  const url =
    URL.parse(text) ?? URL.parse(text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=\/)/, '$1localhost'))
  const example = 'It looks like postgresql://user@host:5432/database.'
  if (url === null) throw new UserError(`${nameOf[source]} is not a URL`, { hint: example })
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:')
    throw new UserError(`${nameOf[source]} names ${url.protocol}//, but the queue lives in PostgreSQL`, {
      hint: example,
    })
  return url
}

/** A port, a user or a password alone does not say where: people have PGUSER in their shells for good. */
function fromPgVariables(set: Lookup, passwordFile: string | null): ServerChoice | null {
  if (set('PGHOST') === undefined && set('PGDATABASE') === undefined) return null
  const user = set('PGUSER') ?? set('USER') ?? set('LOGNAME')
  if (user === undefined)
    throw new UserError('PGHOST or PGDATABASE is set, but no user: PGUSER, USER and LOGNAME are all unset', {
      hint: 'Set PGUSER.',
    })
  const parts: ConnectionParts = {
    host: set('PGHOST') ?? 'localhost',
    database: set('PGDATABASE') ?? user,
    user,
  }
  const port = set('PGPORT')
  if (port !== undefined) parts.port = parsePort(port)
  // Over a unix socket nobody encrypts, whatever is set for other servers.
  if (parts.host.startsWith('/')) return serverByParts(parts, set('PGPASSWORD'), 'PG*', passwordFile)
  const [sslMode, sslRootCert] = [set('PGSSLMODE'), set('PGSSLROOTCERT')]
  if (sslMode !== undefined) parts.sslMode = sslMode
  if (sslRootCert !== undefined) parts.sslRootCert = sslRootCert
  return serverByParts(parts, set('PGPASSWORD'), 'PG*', passwordFile)
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new UserError(`PGPORT is "${text}", not a port`, { hint: 'A port is a number from 1 to 65535.' })
}

/** What the fleets that we take over have in their environment. */
function fromCherokeeVariables(set: Lookup, passwordFile: string | null): ServerChoice | null {
  const names = ['CHEROKEE_DB_HOST', 'CHEROKEE_DB_NAME', 'CHEROKEE_DB_USER'] as const
  const [host, database, user] = names.map(set)
  const password = set('CHEROKEE_DB_PASS')
  if ([host, database, user, password].every((value) => value === undefined)) return null
  if (host === undefined || database === undefined || user === undefined) {
    const missing = names.filter((name) => set(name) === undefined).join(' and ')
    throw new UserError(`The CHEROKEE_DB_* variables are incomplete: ${missing} unset`, {
      hint: `Set ${missing}, or unset them all and set [queue] url.`,
    })
  }
  return serverByParts({ host, database, user }, password, 'CHEROKEE_DB_*', passwordFile)
}

function serverByParts(
  parts: ConnectionParts,
  password: string | undefined,
  source: 'PG*' | 'CHEROKEE_DB_*',
  passwordFile: string | null,
): ServerChoice {
  const port = parts.port === undefined ? '' : `:${parts.port}`
  return {
    kind: 'server',
    source,
    connection: password === undefined ? parts : { ...parts, password: new Secret(password) },
    passwordFile: password === undefined ? passwordFile : null,
    describe: () => `${parts.host}${port}/${parts.database} as ${parts.user} (from ${nameOf[source]})`,
  }
}

function fromEmbedded(
  embedded: boolean,
  onTerminal: boolean,
  refusal: NonNullable<ConnectionQuestion['refusal']> | null,
): EmbeddedChoice {
  if (embedded) return embeddedChoice('queue.embedded', null)
  if (refusal !== null) throw new UserError(refusal.message, { hint: refusal.hint ?? waysToName })
  if (onTerminal)
    return embeddedChoice(
      'terminal',
      'No database is configured: using an embedded PostgreSQL of this machine alone. ' +
        'Set [queue] url for a shared queue, or [queue] embedded = true to have it so.',
    )
  throw new UserError(
    'No database is configured, and nobody is at a terminal to be told of an embedded one',
    { hint: waysToName },
  )
}

const waysToName =
  'Set [queue] url, or DATABASE_URL, or PGHOST and PGDATABASE, or CHEROKEE_DB_HOST, _NAME, _USER and _PASS; ' +
  'or [queue] embedded = true for a PostgreSQL of this machine alone.'

function embeddedChoice(source: EmbeddedChoice['source'], notice: string | null): EmbeddedChoice {
  return { kind: 'embedded', source, notice, describe: () => `embedded PostgreSQL (${nameOf[source]})` }
}

const nameOf = {
  'queue.url': '[queue] url',
  'queue.listen_url': '[queue] listen_url',
  DATABASE_URL: 'DATABASE_URL',
  'PG*': 'the PG* variables',
  'CHEROKEE_DB_*': 'the CHEROKEE_DB_* variables',
  'queue.embedded': '[queue] embedded = true',
  terminal: 'none is configured',
} as const satisfies Record<ConnectionChoice['source'], string>

function addressOf(url: URL): string {
  const host = url.searchParams.get('host') ?? url.host
  const user = decodeURIComponent(url.username)
  const as = user === '' ? '' : ` as ${user}`
  return `${host === '' ? 'localhost' : host}${url.pathname}${as}`
}
