import type { SchemaFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'
import { schemaVersion } from '../migrations/index.ts'
import { explainState, indexesToBuild, readShapes, schemaState } from '../schema-state.ts'

/** What keeps a task from having two open attempts at once; made with its table and by no later migration. */
const guard = {
  name: 'jr_attempts_open',
  creation:
    'CREATE UNIQUE INDEX CONCURRENTLY jr_attempts_open ON jr_attempts (task_id) WHERE ended_at IS NULL',
}

async function guardsToBuild(db: Queryable): Promise<SchemaFacts['indexes']> {
  const [found] = await db.query<{ valid: boolean }>(
    `select i.indisvalid and i.indisunique as valid from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = to_regclass('jr_attempts') and c.relname = $1`,
    [guard.name],
  )
  if (found?.valid === true) return []
  const creation = found === undefined ? guard.creation : `DROP INDEX ${guard.name}; ${guard.creation}`
  return [{ name: guard.name, invalid: found !== undefined, creation }]
}

export async function examineSchema(db: Queryable): Promise<SchemaFacts> {
  const state = await schemaState(db)
  const words = explainState(state)
  if (state.kind === 'missing' || state.kind === 'foreign') return { state: state.kind, words, indexes: [] }
  const isWorkable = state.kind === 'ahead' && state.version === schemaVersion + 1
  const indexes = await indexesToBuild(db, await readShapes(db))
  return {
    state: isWorkable ? 'ahead_workable' : state.kind,
    words,
    indexes: [
      ...indexes.map(({ name, invalid }) => ({ name, invalid, creation: null })),
      ...(await guardsToBuild(db)),
    ],
  }
}
