import { matchesName } from '../../../domain/name-pattern.ts'
import type { UpstreamDialect } from '../../../ports/upstream.ts'
import { failure } from './failures.ts'
import { type Script, whole } from './script.ts'

/** Stands for whatever a pattern like `*` lets through. */
const anyModel = 'simulated'

/** The models of a simulated upstream: those that its patterns name, and one for all that they only hint at. */
export function createModels(patterns: readonly string[], createdS: number) {
  const names = [...new Set(patterns.map((pattern) => (pattern.includes('*') ? anyModel : pattern)))]
  const has = (model: string): boolean => patterns.some((pattern) => matchesName(pattern, model))
  const shape = { openai: openaiModel, anthropic: anthropicModel }

  return {
    has,
    /** `GET /v1/models` */
    list(dialect: UpstreamDialect): Script {
      const data = names.map((name) => shape[dialect](name, createdS))
      return whole(200, dialect === 'openai' ? { object: 'list', data } : pageOf(data, names))
    },
    /** `GET /v1/models/{name}` */
    one(dialect: UpstreamDialect, name: string): Script {
      return has(name) ? whole(200, shape[dialect](name, createdS)) : unknownModel(dialect, name, names)
    },
    unknown: (dialect: UpstreamDialect, name: string): Script => unknownModel(dialect, name, names),
  }
}

export type Models = ReturnType<typeof createModels>

function unknownModel(dialect: UpstreamDialect, name: string, names: readonly string[]): Script {
  return failure(dialect, 404, `The model '${name}' does not exist; simulated are: ${names.join(', ')}`)
}

function openaiModel(id: string, created: number): object {
  return { id, object: 'model', created, owned_by: 'jrctl (simulated)' }
}

function anthropicModel(id: string, createdS: number): object {
  const created = new Date(createdS * 1000).toISOString()
  return { id, type: 'model', display_name: id === anyModel ? id : `${id} (simulated)`, created_at: created }
}

function pageOf(data: readonly object[], names: readonly string[]): object {
  return { data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null }
}
