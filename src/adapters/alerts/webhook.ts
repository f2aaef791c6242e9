import { request as plainRequest, type IncomingMessage } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { AlertDelivery, AlertSender } from '../../ports/alerts.ts'
import type { Clock } from '../../ports/clock.ts'

/** Where an alert goes, read anew for each one so that a changed secret needs no restart. Throws with what is missing. */
export interface WebhookTarget {
  url: string
  headers: Record<string, string>
}

/** What is read of an answer, so that its connection ends well; more is cut off. */
const answerBytesMax = 65_536

/**
 * POSTs each alert as JSON. Any 2xx is a delivery. Redirects are not followed: what was meant for one address, with its secrets,
 * goes to no other. Certificates are verified. Reasons name the host and nothing else of the address, for that is often a secret.
 */
export function createWebhookSender(options: {
  target(): Promise<WebhookTarget>
  timeoutMs: number
  version: string
  clock: Clock
}): AlertSender {
  const { timeoutMs, version, clock } = options
  return {
    async send(message, signal) {
      try {
        const target = await options.target()
        const body = JSON.stringify(message)
        return await post(target, { body, id: message.id, version, timeoutMs, clock, signal })
      } catch (error) {
        return failed(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

interface Posting {
  body: string
  id: string
  version: string
  timeoutMs: number
  clock: Clock
  signal: AbortSignal
}

function post(target: WebhookTarget, posting: Posting): Promise<AlertDelivery> {
  const url = new URL(target.url)
  const { body, id, version, timeoutMs, clock, signal } = posting
  return new Promise((resolve) => {
    const settle = (delivery: AlertDelivery): void => {
      timer.cancel()
      signal.removeEventListener('abort', abort)
      resolve(delivery)
      sent.destroy()
    }
    const sent = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
      method: 'POST',
      // A connection of its own: one that is kept would have to be ended with the daemon.
      agent: false,
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      headers: {
        ...target.headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': `jrctl/${version}`,
        // draft-ietf-httpapi-idempotency-key-header
        'idempotency-key': JSON.stringify(id),
      },
    })
    const abort = (): void => settle(failed(`${url.host}: given up, we are ending`))
    const timer = clock.after(timeoutMs, () =>
      settle(failed(`${url.host} did not answer within ${timeoutMs} ms`)),
    )
    signal.addEventListener('abort', abort, { once: true })
    sent.on('error', (error: NodeJS.ErrnoException) => settle(failed(`${url.host}: ${wordsOf(error)}`)))
    sent.once('response', (response) => readOut(response, () => settle(verdictOn(response, url))))
    sent.end(body)
    if (signal.aborted) abort()
  })
}

/** To the end, to the bound, or to where it breaks off: the verdict was in its head. */
function readOut(response: IncomingMessage, done: () => void): void {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > answerBytesMax) done()
  })
  response.once('end', done)
  response.once('error', done)
  response.once('close', done)
}

/** Statuses of a receiver that is busy or ill: the alert itself is not at fault. */
const passing = new Set([408, 425, 429])

function verdictOn({ statusCode: status = 0, headers }: IncomingMessage, url: URL): AlertDelivery {
  if (status >= 200 && status < 300) return { kind: 'delivered', by: `HTTP ${status} from ${url.host}` }
  const isRefused = status >= 300 && status < 500 && !passing.has(status)
  const reason = `${url.host} answered with HTTP ${status}`
  if (headers.location === undefined || status >= 400) return { kind: 'failed', reason, isRefused }
  const elsewhere = URL.parse(headers.location, url)?.host ?? 'elsewhere'
  const next = `redirects are not followed (to ${elsewhere.slice(0, 253)}); name the final address`
  return { kind: 'failed', reason: `${reason}: ${next}`, isRefused }
}

/** Without the address of TLS' own messages, which may be long; the code says what it is. */
function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message.slice(0, 200)
}

function failed(reason: string): AlertDelivery {
  return { kind: 'failed', reason, isRefused: false }
}
