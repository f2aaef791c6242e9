import type { IncomingMessage, ServerResponse } from 'node:http'
import { sanitize } from '../domain/sanitize.ts'
import { Refusal } from './refusal.ts'

/** One request, and what answers it. */
export interface Exchange {
  incoming: IncomingMessage
  outgoing: ServerResponse
  /** Of the path, decoded. */
  params: Readonly<Record<string, string | undefined>>
  /** All values of a name that comes more than once. */
  query: Readonly<Record<string, string | string[]>>
}

/** The value of each name. Throws a Refusal where one comes more than once: whoever sent the others means them, too. */
export function onceEach(query: Exchange['query']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      if (Array.isArray(value)) throw repeated(name, value.length)
      return [name, value]
    }),
  )
}

function repeated(name: string, times: number): Refusal {
  return new Refusal(
    400,
    'request.invalid',
    `${sanitize(name, { lengthMax: 80 })}: found ${times} times, allowed once`,
    'Where a field takes several values, put commas between them.',
  )
}

export function answerJson(outgoing: ServerResponse, status: number, body: object): void {
  answerText(outgoing, status, 'application/json', JSON.stringify(body))
}

export function answerText(
  outgoing: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): void {
  // Who hung up is answered no more.
  if (outgoing.headersSent || outgoing.destroyed) return
  outgoing.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  outgoing.end(text)
}

/** Aborted when the caller hangs up before it has its answer. */
export function goneWith(outgoing: ServerResponse): AbortController {
  const gone = new AbortController()
  if (outgoing.destroyed) gone.abort()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  return gone
}
