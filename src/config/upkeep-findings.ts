import { noteOf } from './fields.ts'
import { fieldAt, keyOf, valueAt } from './keys.ts'
import type { Finding } from './problems.ts'

const keys = ['recover_percent', 'warn_percent', 'critical_percent'] as const

/** Memory has three thresholds, each above the one before: with two in one place a value there would come and go for ever. */
export function memoryFindings(raw: unknown): Finding[] {
  for (const [index, higher] of keys.entries()) {
    const lower = keys[index - 1]
    if (lower === undefined) continue
    const [low, high] = [percentAt(raw, lower), percentAt(raw, higher)]
    if (low === undefined || high === undefined || low < high) continue
    // Who set only one of the two is told about that one.
    return valueAt(raw, ['memory', higher]) === undefined
      ? [finding(raw, lower, `found ${low}, allowed less than memory.${higher} (${high})`)]
      : [finding(raw, higher, `found ${high}, allowed more than memory.${lower} (${low})`)]
  }
  return []
}

/** As it was written, else the default; undefined when it is refused already. */
function percentAt(raw: unknown, key: string): number | undefined {
  const field = fieldAt(['memory', key])
  const value = valueAt(raw, ['memory', key]) ?? (field && noteOf(field)?.default)
  const parsed = field?.safeParse(value)
  return parsed?.success === true && typeof parsed.data === 'number' ? parsed.data : undefined
}

function finding(raw: unknown, key: string, message: string): Finding {
  const path = ['memory', key]
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}
