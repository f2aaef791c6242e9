import type { IncomingMessage } from 'node:http'

/** A request as it came out of the wire. */
export interface SeenRequest {
  method: string
  /** With the query. */
  path: string
  /** Lower-case name and value, in their order. */
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
  /** The body as JSON; undefined when it is none. */
  json: Record<string, unknown> | undefined
}

export function seenRequest(message: IncomingMessage, body: Buffer): SeenRequest {
  const { rawHeaders } = message
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? ''])
  }
  return {
    method: message.method ?? '',
    path: message.url ?? '',
    headers,
    body,
    json: jsonOf(body),
  }
}

/** The only value of a header; undefined when it is missing. Of several, joined as nobody would write them. */
export function headerOf(request: SeenRequest, name: string): string | undefined {
  const values = request.headers.filter(([each]) => each === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(' AND ')
}

function jsonOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
