import { createHash } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import * as z from 'zod'
import { noted, path } from './fields.ts'
import type { PlaceContext } from './paths.ts'
import type { ApiPolicy } from './policy.ts'

/** As operators of such fleets have always reached it. */
const standardListen = '127.0.0.1:3001'

/** An address and a port, or nothing; whether it may be reached from elsewhere is `apiFindings`' to say, with its reason. */
const listenPattern = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})$/
const hostPattern = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/
const originPattern = /^https?:\/\/[^\s/?#@,]{1,255}$/
/** In each of the two lists: they are gone through for every request. */
const listedMax = 100

/** Words separated by commas, so that a variable can hold them too. */
function listOf(pattern: RegExp) {
  return z
    .string()
    .refine((text) => wordsOf(text).length <= listedMax && wordsOf(text).every((word) => pattern.test(word)))
    .prefault('')
}

/** The keys of `[api]`. */
export const apiFields = {
  socket: path(
    'The unix socket of the local API. By default `jrctl.sock` in the state directory, or a short path when that has more than 107 bytes.',
  ),
  worker_socket: path(
    'The unix socket for workers of any account: it takes attempt keys alone, for progress, capacity and the bus. Its folder is made so that others may enter. By default in $RUNTIME_DIRECTORY under systemd, else in /run/jrctl-workers for root and /tmp/jrctl-workers-UID for others.',
  ),
  listen: noted(
    z
      .string()
      .refine((text) => isNowhere(text) || (listenPattern.test(text) && portOf(text) <= 65_535))
      .optional()
      // Whether somebody wrote it down makes a difference, so that nothing is put in its place.
      .meta({ default: standardListen }),
    {
      kind: 'text',
      allowed: 'an address with a port, such as "127.0.0.1:3001", or "off"',
      reason:
        'Where the API answers over TCP: reading is free to whoever is on this machine, what changes anything needs the API token. When nobody wrote it down and another program has the port, the daemon goes on without.',
      unit: null,
      default: standardListen,
    },
  ),
  token_file: path(
    'A file that holds nothing but the API token. "$CREDENTIALS_DIRECTORY/NAME" is a credential of the systemd unit. JRCTL_API_TOKEN in the daemon\'s environment stands above it; without either one is made and kept in `api-token` in the state directory.',
  ),
  allowed_hosts: noted(listOf(hostPattern), {
    kind: 'text',
    allowed: 'names or addresses without ports, separated by commas, such as "fleet.example.org, 10.0.0.5"',
    reason:
      'Under which names, beside those of this machine alone, the TCP listener may be asked (a page whose name was made to lead here is refused). With any, reading needs the token too.',
    unit: null,
    default: '',
  }),
  allowed_origins: noted(listOf(originPattern), {
    kind: 'text',
    allowed: 'origins separated by commas, such as "https://board.example.org"',
    reason: 'Pages of which other sites may use the TCP listener from a browser. Its own may always.',
    unit: null,
    default: '',
  }),
}

export const apiSchema = z
  .strictObject(apiFields)
  .prefault({})
  .meta({ description: 'The API, used by commands, screens, workers and other programs.' })

type ParsedApi = z.output<typeof apiSchema>

/** @param absolute makes a path absolute; a systemd credential's place is put in before */
export function apiOf(
  parsed: ParsedApi,
  places: { socket: string; stateDir: string },
  context: Pick<PlaceContext, 'env' | 'uid'>,
  absolute: (path: string) => string,
): ApiPolicy {
  const listen = parsed.listen ?? standardListen
  return {
    socket: places.socket,
    workerSocket:
      parsed.worker_socket === undefined
        ? workerSocketFor(places.stateDir, context)
        : absolute(parsed.worker_socket),
    listen: isNowhere(listen)
      ? null
      : { host: hostOf(listen), port: portOf(listen), isWritten: parsed.listen !== undefined },
    tokenFile: parsed.token_file === undefined ? null : absolute(parsed.token_file),
    allowedHosts: wordsOf(parsed.allowed_hosts),
    allowedOrigins: wordsOf(parsed.allowed_origins),
  }
}

/** In a folder that others may enter, which the state directory is not; the same at each start, for workers outlive daemons. */
function workerSocketFor(stateDir: string, { env, uid }: Pick<PlaceContext, 'env' | 'uid'>): string {
  const name = `${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}.sock`
  const bySystemd = env['RUNTIME_DIRECTORY']?.split(':')[0]
  if (bySystemd !== undefined && isAbsolute(bySystemd)) return join(bySystemd, name)
  return join(uid === 0 ? '/run/jrctl-workers' : `/tmp/jrctl-workers-${uid}`, name)
}

/** An empty text would do, but for variables, which count as not set then. */
function isNowhere(listen: string): boolean {
  return listen === 'off' || listen === ''
}

/** Of `listen`, without the brackets of an IPv6 address. */
export function hostOf(listen: string): string {
  return listen.slice(0, listen.lastIndexOf(':')).replaceAll(/[[\]]/g, '')
}

function portOf(listen: string): number {
  return Number(listen.slice(listen.lastIndexOf(':') + 1))
}

export function wordsOf(list: string): string[] {
  return list
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '')
}
