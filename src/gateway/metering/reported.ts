import type { Dialect } from '../request/endpoint.ts'

/** What an upstream says it counted, tokens; null: it does not say, or says what cannot be. */
export interface Reported {
  input: number | null
  output: number | null
  total: number | null
  cacheWritten: number | null
  cacheRead: number | null
}

export const nothingReported: Reported = {
  input: null,
  output: null,
  total: null,
  cacheWritten: null,
  cacheRead: null,
}

/** Far above any context and any batch: a larger number is no count. */
export const tokensMax = 100_000_000

/**
 * Reads a usage object. What is no whole number from 0 to `tokensMax` (negative, a fraction, a text, 1e308) is not believed and
 * counts as not said. Anthropic counts what is read from and written to the cache beside `input_tokens`, OpenAI within
 * `prompt_tokens`.
 */
export function readReported(dialect: Dialect, reported: unknown): Reported {
  if (typeof reported !== 'object' || reported === null) return nothingReported
  const fields = reported as Record<string, unknown>
  if (dialect === 'anthropic')
    return {
      input: count(fields['input_tokens']),
      output: count(fields['output_tokens']),
      total: null,
      cacheWritten: count(fields['cache_creation_input_tokens']),
      cacheRead: count(fields['cache_read_input_tokens']),
    }
  return {
    ...nothingReported,
    input: count(fields['prompt_tokens']) ?? count(fields['input_tokens']),
    output: count(fields['completion_tokens']) ?? count(fields['output_tokens']),
    total: count(fields['total_tokens']),
  }
}

function count(value: unknown): number | null {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= tokensMax
    ? (value as number)
    : null
}

/**
 * Two reports of one call. Each counts from its beginning, so that they are not added, and a count cannot fall: the larger is the
 * later one's, or an upstream's that reports a part at a time (some tell the input only at the start, some only at the end).
 */
export function merged(a: Reported, b: Reported): Reported {
  return {
    input: larger(a.input, b.input),
    output: larger(a.output, b.output),
    total: larger(a.total, b.total),
    cacheWritten: larger(a.cacheWritten, b.cacheWritten),
    cacheRead: larger(a.cacheRead, b.cacheRead),
  }
}

function larger(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b)
}

/** Null: not known. */
export function inputOf({ input, output, total, cacheWritten, cacheRead }: Reported): number | null {
  if (input !== null || cacheWritten !== null || cacheRead !== null)
    return (input ?? 0) + (cacheWritten ?? 0) + (cacheRead ?? 0)
  return total !== null && output !== null && total >= output ? total - output : null
}

/** Null: not known. */
export function outputOf({ input, output, total }: Reported): number | null {
  if (output !== null) return output
  return total !== null && input !== null && total >= input ? total - input : null
}
