import { taskLimits, type Json } from '../domain/task.ts'

export type StorableJson = { ok: true; value: Json } | { ok: false; reason: string }

const depthMax = taskLimits.resultLevels

/**
 * Parses JSON that came from a command into what a jsonb column takes: NUL and lone surrogates, which PostgreSQL refuses,
 * become U+FFFD; text that is too long in UTF-8, too deep or no JSON is refused with the reason.
 */
export function parseStorableJson(text: string, bytesMax: number): StorableJson {
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) return tooLarge(bytes, bytesMax)
  if (nestingOf(text) > depthMax) return tooDeep
  try {
    return { ok: true, value: storable(JSON.parse(text) as Json) }
  } catch (error) {
    return { ok: false, reason: `not JSON (${error instanceof Error ? error.message : String(error)})` }
  }
}

/**
 * The same for a value that was parsed from `source` already, alone or as a part of it. What only an escape can bring in is
 * looked for only where there is one, since copying a value costs more than parsing it did.
 */
export function toStorableJson(value: Json, source: string, bytesMax: number): StorableJson {
  if (nestingOf(source) > depthMax) return tooDeep
  // A character takes at most three bytes: most sources are short enough without being measured.
  const bytes = source.length * 3 <= bytesMax ? 0 : Buffer.byteLength(JSON.stringify(value))
  if (bytes > bytesMax) return tooLarge(bytes, bytesMax)
  return { ok: true, value: source.includes(String.raw`\u`) ? storable(value) : value }
}

const tooDeep: StorableJson = { ok: false, reason: `nested deeper than ${depthMax} levels` }

function tooLarge(bytes: number, bytesMax: number): StorableJson {
  return { ok: false, reason: `${bytes} bytes, over the limit of ${bytesMax}` }
}

/** Text as PostgreSQL takes it. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}

function storable(value: Json): Json {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storable)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), storable(inner)]))
}

/** The deepest nesting, brackets within strings not counted. A loop, since a hostile text would overflow a recursion. */
function nestingOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth)
    else if (char === ']' || char === '}') depth--
  }
  return deepest
}
