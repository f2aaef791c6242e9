import { createConnection, type Socket } from 'node:net'
import { UserError } from '../errors.ts'

/**
 * Where a daemon is asked: on its socket, within a task with its attempt's key; or over TCP with the token, or such a key. `start`:
 * how that daemon is started, where that is known.
 */
export type Address =
  { socketPath: string; key?: string; start?: string } | { url: string; token: string | null }

/** For people. */
export function whereOf(address: Address): string {
  return 'url' in address ? address.url : address.socketPath
}

/**
 * Of `--host` and JRCTL_HOST: `fleet.example.org:3001`, `http://127.0.0.1:3001`, `https://fleet.example.org/jrctl`.
 * Throws UserError; never with what may be a secret in it.
 */
export function parseHost(text: string, token: string | null): Address {
  const written = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.parse(written)
  if (url === null || !(url.protocol in ports) || url.hostname === '')
    throw refused('is no address of a daemon')
  if (url.username !== '' || url.password !== '') throw refused('holds a name or a password')
  if (url.search !== '' || url.hash !== '') throw refused('holds more than an address and a path')
  return {
    url: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    token: token === '' ? null : token,
  }
}

function refused(what: string): UserError {
  return new UserError(`--host (or JRCTL_HOST) ${what}`, {
    hint: 'Write it as http://fleet.example.org:3001, or https://… behind a proxy; the token comes by JRCTL_TOKEN.',
  })
}

/** The ports that browsers mean. */
const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

export interface Way {
  socket: Socket
  /** When requests can be sent. */
  ready: 'connect' | 'secureConnect'
}

export function connectTo(address: Address): Way {
  if (!('url' in address)) return { socket: createConnection(address.socketPath), ready: 'connect' }
  const { protocol, hostname, port: written } = new URL(address.url)
  const host = hostname.replaceAll(/[[\]]/g, '')
  const port = written === '' ? ports[protocol] : Number(written)
  if (protocol === 'http:') return { socket: createConnection({ host, port: port ?? 80 }), ready: 'connect' }
  // Loaded only here: few are asked so, and every short command comes through this file.
  const { connect } = process.getBuiltinModule('node:tls')
  const servername = /^[\d.]+$|:/.test(host) ? '' : host
  return { socket: connect({ host, port: port ?? 443, servername }), ready: 'secureConnect' }
}

/** What a request's head says because of the way it takes. */
export function headOf(address: Address): { prefix: string; headers: Record<string, string> } {
  if (!('url' in address))
    return { prefix: '', headers: { Host: 'jrctl', ...(address.key ? bearer(address.key) : {}) } }
  const { host, pathname } = new URL(address.url)
  return {
    prefix: pathname === '/' ? '' : pathname,
    headers: {
      Host: host,
      ...(address.token === null ? {} : bearer(address.token)),
    },
  }
}

function bearer(secret: string): { Authorization: string } {
  return { Authorization: `Bearer ${secret}` }
}
