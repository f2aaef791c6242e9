import { OperationalError, UserError, messageOf } from '../../errors.ts'

type Kind = { code: string; retryable: boolean; say: string; hint: string }

const unreachable: Kind = {
  code: 'db.unreachable',
  retryable: true,
  say: 'cannot reach the database',
  hint: 'Check that PostgreSQL runs there, that the network lets us through, and that the address in [queue] url (or DATABASE_URL, PG*) is right.',
}
const auth: Kind = {
  code: 'db.auth',
  retryable: false,
  say: 'the database refused the login',
  hint: 'Check user and password of the connection.',
}
const noSuchDatabase: Kind = {
  code: 'db.no_such_database',
  retryable: false,
  say: 'there is no such database',
  hint: 'Create it (createdb NAME) or correct the name in the connection.',
}
const timeout: Kind = {
  code: 'db.timeout',
  retryable: true,
  say: 'the database did not answer in time',
  hint: 'It is overloaded, or a lock is held; see pg_stat_activity. Limits: [queue] statement_timeout, lock_timeout.',
}
const lockTimeout: Kind = {
  ...timeout,
  say: 'another session held a lock for too long',
  hint: 'Who waits for whom: select pid, pg_blocking_pids(pid), query from pg_stat_activity. Limit: [queue] lock_timeout.',
}
const busy: Kind = {
  ...timeout,
  say: 'no connection to the database came free in time',
  hint: 'It, or the network before it, does not answer; or its statements are slow; or, if jrctl doctor finds it well, [queue] pool_size is too small.',
}
const readOnly: Kind = {
  code: 'db.read_only',
  retryable: true,
  say: 'the database accepts no writes',
  hint: 'It was switched to read-only (default_transaction_read_only); what waits goes on when that ends.',
}
const standby: Kind = {
  ...readOnly,
  say: 'the database is a standby and accepts no writes',
  hint: 'Connect to the primary, or promote this one; several hosts behind one name are asked anew at each connection.',
}
const stopping: Kind = {
  ...unreachable,
  say: 'the database is being stopped, started or restarted',
  hint: 'Work goes on when it is back; its log tells why.',
}
const noSlot: Kind = {
  code: 'db.too_many_connections',
  retryable: true,
  say: 'the database has no connection left for us',
  hint: 'Raise its max_connections, lower [queue] pool_size on each node, or put a pooler before it ([queue] listen_url then names the direct way).',
}
const diskFull: Kind = {
  code: 'db.disk_full',
  retryable: true,
  say: "the database server's disk is full",
  hint: 'Make room there; what waits goes on by itself.',
}
const noMemory: Kind = {
  code: 'db.no_resources',
  retryable: true,
  say: 'the database server is short of memory or of another resource',
  hint: 'Its log tells of what.',
}
const conflict: Kind = {
  code: 'db.conflict',
  retryable: true,
  say: 'other sessions kept changing the same rows',
  hint: 'Try again.',
}
/** The session's prepared statements are not what we think: the next connection prepares anew. */
const stalePlan: Kind = {
  ...conflict,
  say: 'the tables were changed under our prepared statements',
}
const schema: Kind = {
  code: 'db.schema',
  retryable: false,
  say: 'the tables are not as jrctl needs them',
  hint: 'Run: jrctl migrate --plan (shows what is missing), then jrctl migrate.',
}
const denied: Kind = {
  code: 'db.auth',
  retryable: false,
  say: 'this database user may not do that',
  hint: 'Grant it the rights on the jr_ tables, or connect as their owner.',
}
const certificate: Kind = {
  code: 'db.tls',
  retryable: false,
  say: "the database server's certificate is not trusted",
  hint: 'Name the authority that signed it (sslrootcert=FILE in the URL), and the server as its certificate does.',
}
const noTls: Kind = {
  code: 'db.tls',
  retryable: false,
  say: 'no encrypted connection to the database can be made',
  hint: 'Turn on ssl in the server, correct sslmode, sslrootcert, sslcert and sslkey in the URL, or say sslmode=disable.',
}
const failed: Kind = {
  code: 'db.failed',
  retryable: false,
  say: 'the database reported an error',
  hint: 'The server log tells more.',
}

/** By SQLSTATE; then by its class, the first two characters. Source: PostgreSQL manual, appendix A. */
const bySqlState: Record<string, Kind> = {
  '28000': auth,
  '28P01': auth,
  '3D000': noSuchDatabase,
  '57014': timeout,
  '55P03': lockTimeout,
  '25P03': timeout,
  '25006': readOnly,
  '40001': conflict,
  '40P01': conflict,
  '42P01': schema,
  '42703': schema,
  '42883': schema,
  '42804': schema,
  '42P10': schema,
  '23502': schema,
  '23514': schema,
  '42501': denied,
  '26000': stalePlan,
  '42P05': stalePlan,
  '53100': diskFull,
  '53300': noSlot,
  '08': unreachable,
  '57': stopping,
  '53': noMemory,
}

/** A value that Postgres refused is the caller's mistake: too long for its column, out of range, badly encoded. */
const badValueStates = new Set(['22001', '22003', '22021', '22P05'])

const networkCodes = new Set(
  'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENOENT EACCES EPIPE ETIMEDOUT'.split(
    ' ',
  ),
)

/** Of Node's certificate checks: SELF_SIGNED_CERT_IN_CHAIN, CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID, … */
const certificateCodes = /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/
/** The driver's own words for what has no code. */
const tlsWords = /SSL connection|sslmode|sslnegotiation/i
const busyWords = /timeout exceeded when trying to connect/i
const timeoutWords = /query read timeout|statement timeout/i
const connectionWords =
  /connection terminated|timeout expired|connection timeout|not queryable|Client was closed|after calling end/i

/**
 * The only place that knows the driver's errors. Anything that is not the driver's goes through unchanged.
 * @param where host and database, without a secret
 * @param nextStep what to do when nobody answers there, if more is known than an address
 */
export function translateDriverError(error: unknown, where: string, nextStep?: () => string): unknown {
  if (error instanceof OperationalError || error instanceof UserError) return error
  const state = codeOf(error)
  const message = messageOf(error)
  if (state !== undefined && badValueStates.has(state)) {
    return new UserError(`the database refused a value: ${message}`, { cause: error })
  }
  const kind = isUnreadableFile(error) ? noTls : kindOf(state, message)
  return new OperationalError(`${kind.say} (${where}): ${detailOf(error, message)}`, {
    code: kind.code,
    retryable: kind.retryable,
    hint: (isSilence(kind, state) ? nextStep?.() : undefined) ?? kind.hint,
    cause: error,
  })
}

/** Nobody answered; as against a server that said what it has. */
function isSilence(kind: Kind, state: string | undefined): boolean {
  return kind === unreachable || kind === busy || (kind === timeout && state === undefined)
}

/** An error that the server wrote itself, as against one of the way to it. */
export function isServersWord(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error) ?? '') && !networkCodes.has(codeOf(error) ?? '')
}

/** Deadlocks and serialization failures: nothing was written, and the same statement may succeed now. */
export function isRetryableConflict(error: unknown): boolean {
  return error instanceof OperationalError && error.code === 'db.conflict'
}

/** States after which the session goes on as before: a statement was given up by the server, or could not be done. */
const harmlessTimeouts = new Set(['57014', '55P03'])

/**
 * Whether the connection should not be used again: it is lost, nobody knows what its session is doing, its prepared
 * statements are stale, or it leads to a server that does not write any more (after a failover, a new one finds the primary).
 */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof OperationalError)) return false
  const state = codeOf(error.cause)
  switch (error.code) {
    case 'db.unreachable':
    case 'db.outcome_unknown':
    case 'db.read_only':
      return true
    case 'db.timeout':
      return state === undefined || !harmlessTimeouts.has(state)
    case 'db.conflict':
      return error.message.startsWith(stalePlan.say)
    default:
      return false
  }
}

/** The connection broke after COMMIT was sent: the work is done whole, or not at all, and nobody told us which. */
export function outcomeUnknown(error: OperationalError): OperationalError {
  return new OperationalError(
    `the connection broke before the database said whether it is done: ${error.message}`,
    {
      code: 'db.outcome_unknown',
      retryable: true,
      hint: 'Look whether it is done before trying again.',
      cause: error,
    },
  )
}

function kindOf(state: string | undefined, message: string): Kind {
  if (state !== undefined && networkCodes.has(state)) return unreachable
  if (state === '25006' && /during recovery/.test(message)) return standby
  if (state === '0A000' && /cached plan/.test(message)) return stalePlan
  const known = state === undefined ? undefined : (bySqlState[state] ?? bySqlState[state.slice(0, 2)])
  if (known !== undefined) return known
  if (state !== undefined && certificateCodes.test(state)) return certificate
  if (tlsWords.test(message) || state?.startsWith('ERR_SSL')) return noTls
  if (busyWords.test(message)) return busy
  if (timeoutWords.test(message)) return timeout
  return connectionWords.test(message) ? unreachable : failed
}

/** The driver reads the files that the URL names; a socket's ENOENT is of `connect`. */
function isUnreadableFile(error: unknown): boolean {
  return (
    error instanceof Error &&
    'syscall' in error &&
    ['open', 'read'].includes(String(error.syscall)) &&
    'path' in error
  )
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** A refused connection to a name with two addresses is an AggregateError without a message of its own. */
function detailOf(error: unknown, message: string): string {
  if (message !== '') return message
  return error instanceof AggregateError
    ? error.errors.map(messageOf).join('; ')
    : (codeOf(error) ?? 'no details')
}
