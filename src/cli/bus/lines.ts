import type { BusMessageView } from '../../contract/bus.ts'
import { sanitize } from '../../domain/sanitize.ts'
import type { Json } from '../../domain/task.ts'
import { safe } from '../../text/fit.ts'
import { timestamp } from '../../text/format.ts'
import type { Output } from '../output.ts'

/** One message on one line: when, about what, what, by whom. */
export function messageLine({ at, topic, data, from }: BusMessageView, output: Output): string {
  const parts = [
    output.style('dim', timestamp(at)),
    output.style('cyan', safe(topic)),
    sanitize(wordsOf(data, from), { lengthMax: shownCharacters }),
    output.style('dim', `(${safe(from)})`),
  ]
  return parts.join('  ')
}

/** The daemon's own are entries of its ledger, which say themselves in words. */
function wordsOf(data: Json, from: string): string {
  const isEntry = from === 'daemon' && typeof data === 'object' && data !== null && !Array.isArray(data)
  const words = isEntry ? data['message'] : undefined
  return typeof words === 'string' ? words : JSON.stringify(data)
}

/** Of a message on a line; `--json` shows the whole. */
const shownCharacters = 2000

/** What an answer prints: text as it is, anything else as JSON; safe for a terminal. */
export function dataText(data: Json, output: Output): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data, null, output.isTerminal ? 2 : 0)
  return sanitize(text, { multiline: true, lengthMax: Number.MAX_SAFE_INTEGER / 4 })
}
