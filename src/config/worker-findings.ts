import { keyOf, valueAt } from './keys.ts'
import type { Path } from './keys.ts'
import type { Finding } from './problems.ts'

/** What every worker is given by us, whatever its table says. */
const ours = new Set(['JR_NAME', 'JR_ORCHESTRATED', 'JRCTL_SOCKET', 'JRCTL_WORKER_ID', 'JRCTL_MARK'])

/** What a table of a worker says in vain. Works on unchecked values; a value that is refused already is left alone. */
export function workerFindings(raw: unknown): Finding[] {
  const tables = valueAt(raw, ['workers'])
  if (!Array.isArray(tables)) return []
  return tables.flatMap((_, index) => vainVariables(raw, ['workers', index, 'env']))
}

function vainVariables(raw: unknown, path: Path): Finding[] {
  const env = valueAt(raw, path)
  if (typeof env !== 'object' || env === null) return []
  return Object.keys(env)
    .filter((name) => ours.has(name))
    .map((name) =>
      finding(raw, [...path, name], `found ${name}, allowed names that jrctl does not set itself`),
    )
}

function finding(raw: unknown, path: Path, message: string): Finding {
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}
