import type { ClientConfig } from 'pg'
import type { ConnectionParts, Secret } from '../../config/policy.ts'

/** Where the database is. The secret stays wrapped until the driver needs it. */
export interface ConnectionTarget {
  /** A whole connection string, or the parts of one. */
  readonly connection: Secret | ConnectionParts
  /** Host and database for people, never a secret. */
  describe(): string
  /** What to do when nobody answers there, where more is known than an address. */
  readonly nextStep?: () => string
}

export function targetOfUrl(url: Secret): ConnectionTarget {
  return { connection: url, describe: () => describeUrl(url.reveal()) }
}

export function targetOfParts(parts: ConnectionParts): ConnectionTarget {
  return {
    connection: parts,
    describe: () => `${parts.host}${parts.port === undefined ? '' : `:${parts.port}`}/${parts.database}`,
  }
}

/** The same connection as a URL. Holds the password. */
export function urlOfParts({
  host,
  port,
  database,
  user,
  password,
  sslMode,
  sslRootCert,
}: ConnectionParts): URL {
  const url = new URL('postgresql://host')
  // A unix socket's folder is no host name; as a parameter libpq and node-pg both take it.
  if (host.startsWith('/')) url.searchParams.set('host', host)
  else url.hostname = host
  if (port !== undefined) url.port = String(port)
  url.pathname = `/${encodeURIComponent(database)}`
  url.username = encodeURIComponent(user)
  if (password !== undefined) url.password = encodeURIComponent(password.reveal())
  if (sslMode !== undefined) url.searchParams.set('sslmode', sslMode)
  if (sslRootCert !== undefined) url.searchParams.set('sslrootcert', sslRootCert)
  return url
}

/** What the driver wants to know. */
export function readConnectionTarget(target: ConnectionTarget): ClientConfig {
  const { connection } = target
  if (!('host' in connection)) return { connectionString: asLibpqMeansIt(connection.reveal()) }
  if (connection.sslMode !== undefined || connection.sslRootCert !== undefined)
    return { connectionString: asLibpqMeansIt(urlOfParts(connection).href) }
  const { password, ...parts } = connection
  return { ...parts, ...(password === undefined ? {} : { password: password.reveal() }) }
}

/**
 * `sslmode` as psql and every other program of the fleet reads it (the driver by itself takes `require` for `verify-full`, and
 * warns): `require` encrypts, `verify-ca` also checks the certificate, `verify-full` its name too. `sslrootcert=system` are the
 * authorities that come with Node, which the driver uses unless a file is named.
 * Source: PostgreSQL manual, "SSL Support" of libpq.
 */
function asLibpqMeansIt(text: string): string {
  if (!/[?&](sslmode|sslrootcert)=/.test(text) || /[?&]uselibpqcompat=/.test(text)) return text
  const allow = /([?&]sslmode=)allow(?=&|$)/
  const system = /([?&])sslrootcert=system(&|$)/
  return `${text.replace(allow, '$1disable').replace(system, '$1sslmode=verify-full$2')}&uselibpqcompat=true`
}

const unknown = 'the configured database'

/** A string that is not written as a URL should be may show part of its password as a host: then nothing is shown. */
function describeUrl(text: string): string {
  const shown = describeParsed(text) ?? describeSocketUrl(text)
  return shown === null || shown.includes('@') ? unknown : shown
}

function describeParsed(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !url.protocol.startsWith('postgres')) return null
  const host = url.searchParams.get('host') ?? url.hostname
  const port = url.port === '' ? '' : `:${url.port}`
  return `${host === '' ? 'localhost' : host}${port}${url.pathname}`
}

/** `postgresql://user:password@/database?host=/folder`: credentials without a host, which the URL standard forbids. */
function describeSocketUrl(text: string): string | null {
  const match = /^postgres(?:ql)?:\/\/[^/?#]*@(\/[^?#]*)\?([^#]*)$/.exec(text)
  if (match === null) return null
  const host = new URLSearchParams(match[2]).get('host')
  return host === null ? null : `${host}${match[1]}`
}
