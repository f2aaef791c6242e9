import type { BodyFields } from './body-fields.ts'
import { scanMembers } from './json-members.ts'
import type { ValueRange } from './json-members.ts'
import { char } from './json-tokens.ts'

export type AskedForUsage = { ok: true; body: Buffer; added: boolean } | { ok: false; key: string }

const includeUsage: ReadonlySet<string> = new Set(['include_usage'])

/**
 * A streamed chat or completion tells its usage only when `stream_options.include_usage` is true. It is set in the text: all other
 * bytes stay the client's own. Options of a type that they cannot have are left to the upstream to refuse.
 * @returns `added`: the client did not ask, and shall not see what comes of it
 */
export function askForUsage(body: Buffer, { scan, streamOptions }: BodyFields): AskedForUsage {
  if (streamOptions === null) {
    const options = `"stream_options":{"include_usage":true}${scan.empty ? '' : ','}`
    return added(body, { start: scan.open + 1, end: scan.open + 1 }, options)
  }
  const first = body[streamOptions.start]
  if (first === letterN) return added(body, streamOptions, '{"include_usage":true}')
  return first === char.openBrace ? within(body, streamOptions) : unchanged(body)
}

/** Of null: where an object, a text or a number cannot stand. */
const letterN = 0x6e
const letterF = 0x66
/** Real ones have a few dozen bytes; longer ones are not read, so that nobody waits for that. */
const optionsBytesMax = 65_536

function within(body: Buffer, options: ValueRange): AskedForUsage {
  if (options.end - options.start > optionsBytesMax) return unchanged(body)
  const scan = scanMembers(body.subarray(options.start, options.end), includeUsage)
  if (!scan.ok) return { ok: false, key: 'stream_options.include_usage' }
  const range = scan.members.get('include_usage')
  if (range === undefined) {
    const at = options.start + scan.open + 1
    return added(body, { start: at, end: at }, `"include_usage":true${scan.empty ? '' : ','}`)
  }
  const first = body[options.start + range.start]
  if (first !== letterF && first !== letterN) return unchanged(body)
  return added(body, { start: options.start + range.start, end: options.start + range.end }, 'true')
}

function unchanged(body: Buffer): AskedForUsage {
  return { ok: true, body, added: false }
}

function added(body: Buffer, { start, end }: ValueRange, text: string): AskedForUsage {
  const changed = Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])
  return { ok: true, body: changed, added: true }
}
