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
  const url = valueAt(raw, ['queue', 'url'])
  const inUrl = typeof url === 'string' && /:\/\/[^/@]*:[^/@]+@|[?&]password=/.test(url) ? ['queue.url'] : []
  const workers = valueAt(raw, ['workers'])
  const tables = Array.isArray(workers) ? workers.map((worker: unknown) => valueAt(worker, ['env'])) : []
  const names = tables.flatMap((env) => (typeof env === 'object' && env !== null ? Object.keys(env) : []))
  return [...inUrl, ...names.filter(isSecretName).map((name) => `env ${name}`)]
}
