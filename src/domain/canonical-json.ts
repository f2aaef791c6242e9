import type { Json } from './task.ts'

/**
 * JSON with the keys of every object in code-unit order and no white space, so that equal values are equal text: what is
 * hashed must not depend on the order in which somebody filled an object (after RFC 8785; its number format is JavaScript's).
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}
