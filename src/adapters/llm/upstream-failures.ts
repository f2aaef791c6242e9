import { duration } from '../../domain/duration-words.ts'
import { sanitize } from '../../domain/sanitize.ts'
import { messageOf } from '../../errors.ts'
import type { UpstreamFailure, UpstreamFailureKind } from '../../ports/upstream.ts'

/** @param started a connection was there: bytes of the request may have gone out */
export type FailureWords = (error: unknown, started: boolean) => UpstreamFailure

export interface FailureContext {
  name: string
  /** Host and port. */
  address: string
  connectTimeoutMs: number
  headTimeoutMs: number
  idleTimeoutMs: number
}

/** Puts the driver's and the system's errors into plain words; the only place that knows them. */
export function upstreamFailures(context: FailureContext): FailureWords {
  const who = `upstream ${context.name} (${context.address})`
  return (error, started) => {
    const code = codeOf(error)
    const [kind, words] = started ? midway(code, error, context) : unconnected(code, error, context)
    return { kind, message: `${who} ${words}`, sent: started }
  }
}

type Told = [kind: UpstreamFailureKind, words: string]

const brokeOff: Told = ['broken', 'broke off before its answer was whole']

const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections; is it running, and is its `url` right?',
  ENOTFOUND: 'has a host name that is not known; is its `url` right?',
  EAI_AGAIN: 'has a host name that could not be looked up just now (DNS)',
  EHOSTUNREACH: 'cannot be reached: no route to its host',
  ENETUNREACH: 'cannot be reached: no route to its network',
  ECONNRESET: 'broke off while the connection was being made',
  EPROTO: 'speaks no TLS there; should its `url` begin with http://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'speaks no TLS there; should its `url` begin with http://?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate of another host',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'shows a certificate that nobody known has signed (NODE_EXTRA_CA_CERTS can name its CA)',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate of an unknown CA (NODE_EXTRA_CA_CERTS can name it)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate of an unknown CA (NODE_EXTRA_CA_CERTS can name it)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'shows a certificate of an unknown CA (NODE_EXTRA_CA_CERTS can name it)',
  UND_ERR_DESTROYED: 'is closed here (a reload or a stop)',
  UND_ERR_CLOSED: 'is closed here (a reload or a stop)',
}

function unconnected(code: string, error: unknown, { connectTimeoutMs }: FailureContext): Told {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return ['unreachable', `took no connection within ${duration(connectTimeoutMs)} (connect_timeout)`]
  const known = Object.hasOwn(refusals, code) ? refusals[code] : undefined
  return ['unreachable', known ?? `cannot be reached: ${detailOf(error)}`]
}

function midway(code: string, error: unknown, context: FailureContext): Told {
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
      return ['slow_head', `began no answer within ${duration(context.headTimeoutMs)} (head_timeout)`]
    case 'UND_ERR_BODY_TIMEOUT':
      return ['slow_body', `fell silent in its answer for ${duration(context.idleTimeoutMs)} (idle_timeout)`]
    case 'UND_ERR_HEADERS_OVERFLOW':
      return ['broken', 'answered with headers of more than 64 KiB']
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return ['broken', 'sent an answer of another length than it had promised']
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return brokeOff
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return ['broken', 'was closed here (a reload or a stop) before its answer was whole']
    default:
      // Of the parser's errors only the words tell which it is.
      if (/Invalid EOF state/.test(messageOf(error))) return brokeOff
      return [
        'broken',
        `sent what is no HTTP: ${isParsers(error) ? detailOf(error) : 'its head makes no sense'}`,
      ]
  }
}

/** Several addresses were tried: the errors of each are in one, and the first speaks for them. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string') return code
  return error instanceof AggregateError ? codeOf(error.errors[0]) : ''
}

/** Anything else is the client's own surprise (a status below 100): its words mean nothing to anybody. */
function isParsers(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError'
}

/** What we have no words for, as it was said: it may hold bytes of the upstream's. */
function detailOf(error: unknown): string {
  return sanitize(messageOf(error), { lengthMax: 200 })
}
