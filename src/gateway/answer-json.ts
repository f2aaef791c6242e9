import type { Exchange } from './exchange.ts'

/** An answer of our own. @param more further headers */
export function answerJson({ response }: Exchange, value: object, more: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.byteLength,
    ...more,
  })
  response.end(body)
}
