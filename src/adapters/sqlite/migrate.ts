import type { Database } from 'better-sqlite3'
import { OperationalError } from '../../errors.ts'
import { migrations } from './schema.ts'

/** "jrct" in ASCII: says in the file's header whose it is, so that no other program's database is migrated. */
const applicationId = 0x6a726374

/** Brings the file, which is ours, to our schema, each step in a transaction of its own. */
export function migrate(db: Database): void {
  for (const [version, sql] of migrations.entries()) {
    db.transaction(() => {
      // Read again under the lock: another process may have taken this step meanwhile.
      if (schemaVersion(db) !== version) return
      db.exec(sql)
      db.pragma(`application_id = ${applicationId}`)
      db.pragma(`user_version = ${version + 1}`)
    }).immediate()
  }
}

/**
 * Looks, without writing, whether the file is ours to use. Throws OperationalError `state.newer_schema` when a later jrctl
 * wrote it, `state.foreign` when another program did.
 */
export function requireOurs(db: Database): void {
  const owner = Number(db.pragma('application_id', { simple: true }))
  const { tables } = db
    .prepare<[], { tables: number }>('SELECT count(*) AS tables FROM sqlite_master')
    .get() ?? {
    tables: 0,
  }
  if (owner !== applicationId && (owner !== 0 || tables > 0)) {
    throw new OperationalError(`${db.name} is the database of another program`, {
      code: 'state.foreign',
      retryable: false,
      hint: 'move it away, or give jrctl another state directory',
    })
  }
  const version = schemaVersion(db)
  if (version > migrations.length) {
    throw new OperationalError(
      `${db.name} has schema version ${version}; this jrctl knows versions up to ${migrations.length}`,
      { code: 'state.newer_schema', retryable: false, hint: 'run the newer jrctl that wrote it' },
    )
  }
}

function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}
