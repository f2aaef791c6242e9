import type { EndpointId } from './endpoint.ts'
import { scanMembers, scanMembersInSlices, sliceBytes } from './json-members.ts'
import type { ScannedMembers, ValueRange } from './json-members.ts'

/** What the gateway reads of a body; everything else passes unread. */
export interface BodyFields {
  scan: Extract<ScannedMembers, { ok: true }>
  /** Null: none, or no text. */
  model: string | null
  stream: boolean
  /** Where `stream_options` are; null: nowhere. */
  streamOptions: ValueRange | null
  choices: number
  /** Tokens that one answer may have; null: not said. */
  outputMax: number | null
  background: boolean
}

const keys: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'n',
  'best_of',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'background',
])

/** How the endpoints call the bound of an answer, the one that counts first. */
const boundsOf: Partial<Record<EndpointId, readonly string[]>> = {
  chat: ['max_completion_tokens', 'max_tokens'],
  completions: ['max_tokens'],
  responses: ['max_output_tokens'],
  messages: ['max_tokens'],
}

const choicesOf: Partial<Record<EndpointId, readonly string[]>> = {
  chat: ['n'],
  completions: ['best_of', 'n'],
}

/** The APIs allow 128; no estimate is made of more. */
const choicesMax = 128

/** Where the fields of a body are. */
export function scanBody(body: Buffer): ScannedMembers {
  return scanMembers(body, keys)
}

/** The same for a body so large that others would wait for it; null: it is not. @param pause lets others be served */
export function scanLargeBody(body: Buffer, pause: () => Promise<void>): Promise<ScannedMembers> | null {
  return body.length <= sliceBytes ? null : scanMembersInSlices(body, keys, pause)
}

/** Values of the wrong type are left to the upstream to complain of: they count as not given. */
export function readBody(
  id: EndpointId,
  body: Buffer,
  scan: ScannedMembers,
): BodyFields | Extract<ScannedMembers, { ok: false }> {
  if (!scan.ok) return scan
  const read = (key: string): unknown => valueAt(body, scan.members.get(key))
  const model = read('model')
  return {
    scan,
    model: typeof model === 'string' ? model : null,
    stream: read('stream') === true,
    streamOptions: scan.members.get('stream_options') ?? null,
    choices: Math.min(choicesMax, firstCount(choicesOf[id], read) ?? 1),
    outputMax: firstCount(boundsOf[id], read),
    background: read('background') === true,
  }
}

function firstCount(names: readonly string[] | undefined, read: (key: string) => unknown): number | null {
  for (const name of names ?? []) {
    const value = read(name)
    if (typeof value === 'number' && value >= 1) return value
  }
  return null
}

/** Longer than any of them has reason to be. */
const valueBytesMax = 4096

/** Undefined: not there, no scalar, or too long to be what it should be. */
function valueAt(body: Buffer, range: ValueRange | undefined): unknown {
  if (range === undefined || range.end - range.start > valueBytesMax) return undefined
  const first = body[range.start]
  if (first === 0x7b || first === 0x5b) return undefined
  return JSON.parse(body.toString('utf8', range.start, range.end))
}
