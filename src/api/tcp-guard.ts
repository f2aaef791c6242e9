import type { IncomingMessage } from 'node:http'
import type { ApiPolicy } from '../config/policy.ts'
import { parseAttemptKey } from '../domain/attempt-key.ts'
import { sanitize } from '../domain/sanitize.ts'
import type { Clock } from '../ports/clock.ts'
import { type ApiToken, isToken } from './api-token.ts'
import { admitByKey, type Door } from './door.ts'
import { createRateLimit, type Rate } from './rate.ts'
import { Refusal } from './refusal.ts'

export type TcpRules = Pick<ApiPolicy, 'allowedHosts' | 'allowedOrigins'>

export interface TcpDoorDeps {
  rules: TcpRules
  token: ApiToken
  isKnown: (key: string) => Promise<boolean>
  clock: Pick<Clock, 'monotonicMs'>
  rates?: Partial<typeof tcpRates>
}

/** Of one address. The second is for wrong tokens: a right one is never counted, so that nobody is locked out by another. */
export const tcpRates = {
  requests: { perMinute: 60_000, burst: 2_000 } satisfies Rate,
  wrongTokens: { perMinute: 60, burst: 20 } satisfies Rate,
}

/**
 * The way in over TCP. Any program of this machine can connect, and any web page can make a browser do so: hence the checks of
 * Host and Origin, and a token for whatever changes anything. That token travels in the Authorization header, which no form can
 * send and no page may without being allowed to.
 */
export function tcpDoor({ rules, token, isKnown, clock, rates = {} }: TcpDoorDeps): Door {
  const { requests, wrongTokens } = { ...tcpRates, ...rates }
  const requestLimit = createRateLimit(requests, clock)
  const wrongLimit = createRateLimit(wrongTokens, clock)
  const isExposed = rules.allowedHosts.length > 0

  return {
    place: 'over TCP',
    guard(request) {
      checkHost(request, rules)
      const waitMs = requestLimit.take(addressOf(request))
      if (waitMs > 0) throw tooOften(`More than ${requests.burst} requests at once`, waitMs)
      return { ...plainHeaders, ...originHeaders(request, rules) }
    },
    isStranger: ({ bearer }) => isExposed && bearer === null,
    async admit(route, { request, bearer, changes }) {
      if (bearer !== null && isToken(bearer, token)) return null
      if (bearer !== null && parseAttemptKey(bearer) !== undefined) return admitByKey(route, bearer, isKnown)
      const isFree = route.open === true || (!changes && !isExposed && route.guarded !== true)
      if (bearer === null && isFree) return null
      if (bearer === null) throw tokenNeeded(token, isExposed, route.guarded === true)
      const waitMs = wrongLimit.take(addressOf(request))
      throw waitMs > 0 ? tooOften('Too many wrong tokens', waitMs) : wrongToken(token)
    },
  }
}

/** No page may read what is answered, or take it for something else than it is. */
const plainHeaders = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

const loopback = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/

/** A page whose name was made to lead here (DNS rebinding) sends its own name. */
function checkHost({ headers: { host = '' } }: IncomingMessage, { allowedHosts }: TcpRules): void {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '')
  if (loopback.test(name) || allowedHosts.includes(name)) return
  throw new Refusal(
    403,
    'host.not_allowed',
    `This daemon is not asked as ${shown(host)}`,
    'Ask it as 127.0.0.1 or localhost, or name it in [api] allowed_hosts.',
  )
}

/** Browsers say on whose behalf they ask. A page of elsewhere may not, unless it is named. */
function originHeaders({ headers, method }: IncomingMessage, rules: TcpRules): Record<string, string> {
  const { origin, host = '' } = headers
  if (origin === undefined) {
    const site = headers['sec-fetch-site']
    const isForeign = site === 'cross-site' || site === 'same-site'
    // Following a link to a page of ours is what a person does.
    const isVisit = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
    if (isForeign && !isVisit) throw foreignPage('another site')
    return {}
  }
  const asked = origin.toLowerCase()
  if (asked === `http://${host.toLowerCase()}` || asked === `https://${host.toLowerCase()}`) return {}
  if (!rules.allowedOrigins.includes(asked)) throw foreignPage(shown(origin))
  return {
    'access-control-allow-origin': origin,
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'origin',
  }
}

/** What a browser asks before it asks (CORS preflight). */
export const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST, PATCH',
  'access-control-allow-headers': 'authorization, content-type, last-event-id, x-jrctl-actor',
  'access-control-max-age': '600',
}

function foreignPage(page: string): Refusal {
  return new Refusal(
    403,
    'origin.not_allowed',
    `A page of ${page} may not use this daemon`,
    'Name its origin in [api] allowed_origins if it should.',
  )
}

function tokenNeeded(token: ApiToken, isExposed: boolean, isGuarded: boolean): Refusal {
  const free = isGuarded ? 'logs hold what workers print' : 'only reading is free'
  return new Refusal(
    401,
    'token.missing',
    isExposed
      ? 'This listener answers nobody without the API token'
      : `Over TCP this needs the API token: ${free}`,
    `Send Authorization: Bearer TOKEN; ${placeOf(token)}`,
  )
}

function wrongToken(token: ApiToken): Refusal {
  return new Refusal(401, 'token.wrong', 'This is not the API token', placeOf(token))
}

/** Whoever may read it finds it there. */
function placeOf({ from }: ApiToken): string {
  return 'file' in from ? `the token is in ${from.file}` : `the daemon has it from ${from.variable}`
}

function tooOften(what: string, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000)
  return new Refusal(429, 'request.too_often', what, `Ask again in ${seconds} s.`, {
    'retry-after': String(seconds),
  })
}

function shown(text: string): string {
  return JSON.stringify(sanitize(text, { lengthMax: 80 }))
}

function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? ''
}
