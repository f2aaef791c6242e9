import SqliteDatabase, { type Database } from 'better-sqlite3'
import { OperationalError } from '../../errors.ts'
import { migrations } from './schema.ts'

/** "jrct" in ASCII: says in the file's header whose it is, so that no other program's database is migrated. */
const applicationId = 0x6a726374

/** Brings the file, which is ours, to our schema, each step in a transaction of its own. */
export function migrate(db: Database, toVersion = migrations.length): void {
  for (const [version, sql] of migrations.slice(0, toVersion).entries()) {
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

/**
 * What is not as our migrations make it in the version that the file says it has, or null. quick_check looks at the shape of
 * pages; a letter that was flipped in the text of the schema is sound to it.
 */
export function schemaDamage(db: Database): string | null {
  const found = objectsOf(db)
  const wanted = schemaOf(schemaVersion(db))
  for (const [name, { type, sql }] of wanted) {
    const object = found.get(name)
    if (object === undefined) return `the ${type} ${name} is missing`
    if (object.sql !== sql) return `the ${type} ${name} is not as it was made`
  }
  const stranger = [...found.keys()].find((name) => !wanted.has(name))
  return stranger === undefined ? null : `${stranger} does not belong there`
}

type Objects = Map<string, { type: string; sql: string | null }>

function schemaOf(version: number): Objects {
  const db = new SqliteDatabase(':memory:')
  try {
    migrate(db, version)
    return objectsOf(db)
  } finally {
    db.close()
  }
}

function objectsOf(db: Database): Objects {
  const rows = db
    .prepare<[], { name: string; type: string; sql: string | null }>(
      // What ANALYZE leaves is nobody's damage.
      "SELECT name, type, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite@_stat%' ESCAPE '@'",
    )
    .all()
  return new Map(rows.map(({ name, type, sql }) => [name, { type, sql }]))
}

function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}
