import type { KeyedAttempt } from '../../ports/attempt-keys.ts'
import type { GatewayPolicy } from '../../config/policy.ts'
import type { Exchange } from '../exchange.ts'
import type { GatewayRefusal } from '../refusals.ts'
import { type Endpoint, endpointOf } from '../request/endpoint.ts'
import * as wording from '../wording.ts'
import type { AttemptBook, KeyFinding } from './attempt-book.ts'
import type { BodyRoom } from './body-room.ts'
import { readBody } from './body.ts'
import { comesFromPage, isAddressedHere } from './origin.ts'
import { shownKey } from './shown-key.ts'

/** A request that is whole and may be made. */
export interface TakenIn {
  kind: 'taken'
  endpoint: Endpoint
  /** As it came, with its query. */
  path: string
  /** Null: untracked. */
  tracked: { key: string; attempt: KeyedAttempt } | null
  /** Null: of a GET. */
  body: Buffer | null
}

export type Intake =
  TakenIn | { kind: 'front_page' } | { kind: 'refused'; refusal: GatewayRefusal } | { kind: 'gone' }

export interface IntakeDeps {
  book: AttemptBook
  room: BodyRoom
  policy(): Pick<GatewayPolicy, 'untracked' | 'maxBodyBytes'>
}

/** Where to, who, and what: in this order, so that nobody without a right to it sends a body. */
export async function takeIn(exchange: Exchange, deps: IntakeDeps): Promise<Intake> {
  const { request } = exchange
  const { method = '', url: path = '', headers } = request
  if (!isAddressedHere(request)) return refused(wording.badHost)
  const endpoint = endpointOf(method, path, headers['anthropic-version'] !== undefined)
  if (method === 'GET' && path === '/') return { kind: 'front_page' }
  if (endpoint === null) return refused(wording.noEndpoint(method, path))
  exchange.endpoint = endpoint

  const { untracked, maxBodyBytes } = deps.policy()
  const key = shownKey(headers)
  const finding = key === null ? null : deps.book.find(key, request.socket)
  const found = finding instanceof Promise ? await finding : finding
  const refusal =
    found === null ? refusalOfKeyless(exchange, untracked) : refusalOf(found, exchange, untracked)
  if (refusal !== null) return refused(refusal)
  const tracked = key !== null && found?.kind === 'attempt' ? { key, attempt: found.attempt } : null

  if (endpoint.method === 'GET') return { kind: 'taken', endpoint, path, tracked, body: null }
  const coding = headers['content-encoding']
  if (coding !== undefined && coding !== 'identity') return refused(wording.unsupportedEncoding)
  const body = await readBody(exchange, maxBodyBytes, deps.room)
  if (body === 'gone') return { kind: 'gone' }
  if (body === 'too_large') return refused(wording.tooLarge(maxBodyBytes))
  if (body === 'no_room') return refused(wording.noRoom)
  return { kind: 'taken', endpoint, path, tracked, body }
}

function refusalOfKeyless(
  { request }: Exchange,
  untracked: GatewayPolicy['untracked'],
): GatewayRefusal | null {
  if (untracked === 'refuse') return wording.keyMissing
  return comesFromPage(request) ? wording.badOrigin : null
}

/**
 * A key of ours that is not valid is a mistake even where none is needed: its task would silently stand behind all others. SDKs
 * insist on some key, so that one of another kind counts as none.
 */
function refusalOf(
  found: KeyFinding,
  exchange: Exchange,
  untracked: GatewayPolicy['untracked'],
): GatewayRefusal | null {
  switch (found.kind) {
    case 'attempt':
      return found.attempt.outcome === null ? null : wording.attemptEnded(found.attempt)
    case 'unknown':
      return untracked === 'refuse' || found.isOurs
        ? wording.keyUnknown
        : refusalOfKeyless(exchange, untracked)
    case 'unavailable':
      return wording.keysUnavailable
    default:
      return found satisfies never
  }
}

function refused(refusal: GatewayRefusal): Intake {
  return { kind: 'refused', refusal }
}
