import type { SchemaFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'
import { schemaVersion } from '../migrations/index.ts'
import { explainState, indexesToBuild, readShapes, schemaState } from '../schema-state.ts'

export async function examineSchema(db: Queryable): Promise<SchemaFacts> {
  const state = await schemaState(db)
  const words = explainState(state)
  if (state.kind === 'missing' || state.kind === 'foreign') return { state: state.kind, words, indexes: [] }
  const isWorkable = state.kind === 'ahead' && state.version === schemaVersion + 1
  const indexes = await indexesToBuild(db, await readShapes(db))
  return {
    state: isWorkable ? 'ahead_workable' : state.kind,
    words,
    indexes: indexes.map(({ name, invalid }) => ({ name, invalid })),
  }
}
