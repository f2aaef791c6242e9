import type { ServerResponse } from 'node:http'
import type { AnswerHead } from './answer-head.ts'
import type { AnswerLabels } from './forwarding.ts'

/**
 * Sends what was gathered of an answer, whole, with all our headers.
 * @returns the length of its body, bytes
 */
export function sendWhole(
  client: ServerResponse,
  answer: AnswerHead,
  pieces: readonly Buffer[],
  labels: AnswerLabels,
): number {
  const { status, headers } = answer
  const body = pieces[0] !== undefined && pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  headers.push(...labels.head(status), ...labels.end(status))
  if (mayHaveBody(status)) headers.push('content-length', String(body.length))
  client.writeHead(status, headers)
  client.end(body)
  return body.length
}

/**
 * Makes the head of an answer that is passed on in pieces; it goes out with the first of them.
 * @throws TypeError when a header cannot be sent; nothing was then
 */
export function startAnswer(client: ServerResponse, answer: AnswerHead, labels: AnswerLabels): void {
  const { status, headers, contentLength } = answer
  headers.push(...labels.head(status))
  if (contentLength !== null) headers.push('content-length', String(contentLength))
  else if (labels.endNames !== '' && mayHaveBody(status) && client.req.httpVersionMinor > 0)
    headers.push('trailer', labels.endNames)
  client.writeHead(status, headers)
}

/** All of it has been written. */
export function endAnswer(client: ServerResponse, trailers: readonly string[]): void {
  if (client.chunkedEncoding && trailers.length > 0) client.addTrailers(pairs(trailers))
  client.end()
}

/**
 * Cuts the connection in the middle of an answer. Its chunks or its length then show that it is not whole; HTTP/1.0 knows no
 * chunks, so that a plain close would look like its end, and the connection is reset.
 */
export function sever(client: ServerResponse): void {
  if (client.req.httpVersionMinor > 0) client.destroy()
  else client.socket?.resetAndDestroy()
}

/** RFC 9110 §6.4.1 */
function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) found.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return found
}
