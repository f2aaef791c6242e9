import { valueAt } from './keys.ts'
import { isSecretName } from './masking.ts'
import type { ConfigSource } from './source.ts'

const readableByAll = 0o004

/** A warning when everybody on the machine may read a password that stands in the file. */
export function exposureWarnings(source: ConfigSource | null): string[] {
  if (source === null || (source.mode & readableByAll) === 0) return []
  const [key] = secretsIn(source.raw)
  if (key === undefined) return []
  return [
    `${source.path} holds a secret (${key}) and everybody can read it; run: chmod o-r ${source.path}, or use password_file`,
  ]
}

function secretsIn(raw: unknown): string[] {
  const workers = valueAt(raw, ['workers'])
  const tables = Array.isArray(workers) ? workers.map((worker: unknown) => valueAt(worker, ['env'])) : []
  const variables = tables.flatMap((env) =>
    typeof env === 'object' && env !== null ? Object.entries(env) : [],
  )
  return [
    ...['url', 'listen_url']
      .filter((name) => isSecret(name, valueAt(raw, ['queue', name])))
      .map((name) => `queue.${name}`),
    ...variables.filter(([name, value]) => isSecret(name, value)).map(([name]) => `the variable ${name}`),
  ]
}

/** A URL is a secret only with a password in it. */
function isSecret(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false
  return value.includes('://') ? /:\/\/[^/@]*:[^/@]+@|[?&]password=/.test(value) : isSecretName(name)
}
