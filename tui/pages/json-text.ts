import type { Json } from '../../src/domain/task.ts'

/** A value of JSON as a person reads it; null where there is none. */
export function jsonText(value: Json): string | null {
  if (value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
