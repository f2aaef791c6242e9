import type { IncomingMessage } from 'node:http'

/** A header of ours, of which a request has one; of several the first. */
export function headerOf({ headers }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
