import type { EndpointId } from '../request/endpoint.ts'

/** What a key means to a watch; a key may mean several things. */
export const keyBit = { none: 0, usage: 1, choices: 2, outer: 4, counted: 8 } as const
export type KeyBits = number

export const nameBytesMax = 24

interface WatchedName {
  bytes: Buffer
  bits: KeyBits
}

/** By their length. */
export type WatchedNames = readonly (readonly WatchedName[])[]

interface Shape {
  /** Around the usage of an event. */
  outer: string | null
  /** Keys whose strings are a model's text, each text once: what repeats it whole at the end is left out. */
  stream: readonly string[]
  whole: readonly string[]
}

const openaiText = ['content', 'reasoning_content', 'reasoning', 'refusal', 'arguments', 'text']
const anthropicText = ['text', 'thinking', 'partial_json']

const shapes: Partial<Record<EndpointId, Shape>> = {
  chat: { outer: null, stream: openaiText, whole: openaiText },
  completions: { outer: null, stream: ['text'], whole: ['text'] },
  responses: { outer: 'response', stream: ['delta'], whole: ['text', 'arguments', 'refusal'] },
  messages: { outer: 'message', stream: anthropicText, whole: anthropicText },
}

const plain: Shape = { outer: null, stream: [], whole: [] }

/** What is watched for in an endpoint's answers. @param stream in events, else in one document */
export function watchedNames(id: EndpointId, stream: boolean): WatchedNames {
  return tables[stream ? 'stream' : 'whole'].get(id) ?? plainTable
}

function tableOf({ outer }: Shape, counted: readonly string[]): WatchedNames {
  const byLength: WatchedName[][] = Array.from({ length: nameBytesMax + 1 }, () => [])
  const add = (name: string, bits: KeyBits): void => {
    byLength[name.length]?.push({ bytes: Buffer.from(name), bits })
  }
  add('usage', keyBit.usage)
  add('choices', keyBit.choices)
  if (outer !== null) add(outer, keyBit.outer)
  for (const name of counted) add(name, keyBit.counted)
  return byLength
}

const entries = Object.entries(shapes) as [EndpointId, Shape][]
const tables = {
  stream: new Map(entries.map(([id, shape]) => [id, tableOf(shape, shape.stream)])),
  whole: new Map(entries.map(([id, shape]) => [id, tableOf(shape, shape.whole)])),
}
const plainTable = tableOf(plain, [])

/** What the bytes between two quotes mean as a key. A key written with escapes is none of ours. */
export function nameOf(names: WatchedNames, bytes: Buffer, from: number, to: number): KeyBits {
  for (const name of names[to - from] ?? []) if (equal(name.bytes, bytes, from)) return name.bits
  return keyBit.none
}

function equal(name: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false
  return true
}
