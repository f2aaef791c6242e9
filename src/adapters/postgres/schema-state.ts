import { OperationalError } from '../../errors.ts'
import type { Database, Queryable } from './connect.ts'
import { incompatibilities } from './foreign-table.ts'
import { indexes, migrations, schemaVersion } from './migrations/index.ts'
import type { ShapesBefore } from './migrations/migration.ts'
import { triggersToRestore } from './restore.ts'
import { sharedTableNames } from './schema-columns.ts'
import { readTableShape } from './table-shape.ts'

/** How the database's schema stands to this version of jrctl. */
export type SchemaState =
  | { kind: 'current'; version: number }
  /** No queue at all. */
  | { kind: 'missing' }
  /** A queue without our additions (version 0: a legacy one), or of an older jrctl, or with an index or trigger missing or broken. */
  | { kind: 'behind'; version: number; pending: string[] }
  /** Migrated by a newer jrctl. The next version's schema is workable (spec §16). */
  | { kind: 'ahead'; version: number }
  /** The tables' names are taken by something that an upgrade must not touch. */
  | { kind: 'foreign'; problems: string[] }

/** Reads only; needs no rights beyond the catalog and `jr_migrations`. */
export async function schemaState(db: Queryable): Promise<SchemaState> {
  const before = await readShapes(db)
  const problems = problemsOf(before)
  if (problems.length > 0) return { kind: 'foreign', problems }
  const version = await appliedVersion(db)
  if (version > schemaVersion) return { kind: 'ahead', version }
  if (version === 0 && before.jr_work_queue === null) return { kind: 'missing' }
  const { missing, disabled } = await triggersToRestore(db, version)
  const pending = [
    ...migrations.filter((migration) => migration.version > version).map((migration) => migration.name),
    ...missing,
    ...disabled.map((name) => `${name} (disabled)`),
    ...(await indexesToBuild(db, before)).map((index) => index.name),
  ]
  return pending.length === 0 ? { kind: 'current', version } : { kind: 'behind', version, pending }
}

/**
 * Refuses to go on with a schema that this jrctl cannot work with.
 * @throws OperationalError db.schema
 */
export async function requireSchema(db: Database): Promise<void> {
  const state = await schemaState(db)
  if (state.kind === 'current' || (state.kind === 'ahead' && state.version === schemaVersion + 1)) return
  throw new OperationalError(`${explainState(state)} (${db.target.describe()})`, {
    code: 'db.schema',
    retryable: false,
    hint: nextStep(state),
  })
}

/** In plain words. */
export function explainState(state: SchemaState): string {
  switch (state.kind) {
    case 'current':
      return `the schema is at version ${state.version}`
    case 'missing':
      return 'the database has no queue yet'
    case 'behind':
      return `the schema is at version ${state.version}, missing: ${state.pending.join(', ')}`
    case 'ahead':
      return `the schema is at version ${state.version}, this jrctl knows version ${schemaVersion}`
    case 'foreign':
      return state.problems.join('; ')
    default:
      return state satisfies never
  }
}

function nextStep(state: SchemaState): string {
  if (state.kind === 'ahead') return 'Upgrade jrctl on this machine.'
  if (state.kind === 'foreign')
    return 'Nothing was changed. Resolve each column named above, or use another database.'
  return 'Run: jrctl migrate'
}

export async function readShapes(db: Queryable): Promise<ShapesBefore> {
  return {
    jr_work_queue: await readTableShape(db, 'jr_work_queue'),
    jr_status: await readTableShape(db, 'jr_status'),
    jr_campaigns: await readTableShape(db, 'jr_campaigns'),
  }
}

export function problemsOf(before: ShapesBefore): string[] {
  return sharedTableNames.flatMap((table) => {
    const shape = before[table]
    return shape === null ? [] : incompatibilities(table, shape)
  })
}

/** 0 where jrctl has never migrated. */
export async function appliedVersion(db: Queryable): Promise<number> {
  if (!(await hasTable(db, 'jr_migrations'))) return 0
  const [row] = await db.query<{ version: number }>(
    `select coalesce(max(version), 0)::int as version from jr_migrations`,
  )
  return row?.version ?? 0
}

async function hasTable(db: Queryable, name: string): Promise<boolean> {
  const [row] = await db.query<{ known: boolean }>(`select to_regclass($1) is not null as known`, [name])
  return row?.known === true
}

export interface IndexToBuild {
  name: string
  /** SQL after the name. */
  sql: string
  unique: boolean
  /** What bears its name (an interrupted build may have left it) has to go first. */
  invalid: boolean
}

/** The indexes that are missing, and those that an interrupted build left invalid or that do not guard what they should. */
export async function indexesToBuild(db: Queryable, before: ShapesBefore): Promise<IndexToBuild[]> {
  const rows = await db.query<{ name: string; valid: boolean; is_unique: boolean }>(
    `select c.relname as name, i.indisvalid as valid, i.indisunique as is_unique
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid in (to_regclass('jr_work_queue'), to_regclass('jr_status'), to_regclass('jr_attempts'))`,
  )
  const mustBeUnique = new Set(indexes.filter(({ guards }) => guards !== undefined).map(({ name }) => name))
  const valid = new Map(
    rows.map((row) => [row.name, row.valid && (row.is_unique || !mustBeUnique.has(row.name))]),
  )
  const hasAttempts = await hasTable(db, 'jr_attempts')
  return indexes
    .filter(({ name, unlessUnique, guards }) => {
      if (valid.get(name) === false) return true
      if (guards !== undefined) return hasAttempts && !valid.has(name)
      const covered =
        unlessUnique !== undefined && isCovered(before, unlessUnique.table, unlessUnique.column, name, valid)
      return !covered && valid.get(name) !== true
    })
    .map(({ name, sql, unlessUnique, guards }) => ({
      name,
      sql,
      unique: unlessUnique !== undefined || guards !== undefined,
      invalid: valid.get(name) === false,
    }))
}

/** A table that is still to be created brings its primary key along. */
function isCovered(
  before: ShapesBefore,
  table: keyof ShapesBefore,
  column: string,
  name: string,
  valid: ReadonlyMap<string, boolean>,
): boolean {
  const shape = before[table]
  return !valid.has(name) && (shape === null || shape.uniqueColumns.has(column))
}
