import type { IncomingMessage } from 'node:http'
import { apiLimits } from '../contract/routes.ts'
import { Refusal } from './refusal.ts'

/**
 * A request's body as text, read off its connection: the detour over a web stream costs more than everything else that most
 * requests want. Throws a Refusal: 413 when it is too large, without reading on, and 400 when it ends in the middle.
 */
export function readBody(incoming: IncomingMessage, bytesMax: number = apiLimits.bodyBytes): Promise<string> {
  return new Promise((resolve, reject) => {
    if (Number(incoming.headers['content-length'] ?? 0) > bytesMax) return reject(tooLarge(bytesMax))
    const chunks: Buffer[] = []
    let bytes = 0
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= bytesMax) return void chunks.push(chunk)
      incoming.off('data', take).pause()
      reject(tooLarge(bytesMax))
    }
    incoming.on('data', take)
    incoming.once('end', () => resolve(textOf(chunks)))
    incoming.once('error', () => reject(cutOff()))
    incoming.once('close', () => {
      if (!incoming.readableEnded) reject(cutOff())
    })
  })
}

/** Without a byte order mark, as the Encoding standard decodes. */
function textOf(chunks: readonly Buffer[]): string {
  const text = Buffer.concat(chunks).toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal(
    413,
    'request.too_large',
    `The body is larger than ${bytesMax} bytes`,
    'Send fewer tasks at a time.',
  )
}

function cutOff(): Refusal {
  return new Refusal(400, 'request.cut_off', 'The body ended before all of it was there', 'Send it again.')
}
