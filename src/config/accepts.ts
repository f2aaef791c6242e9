import type { Acceptance } from '../domain/acceptance.ts'
import { keyOf } from './keys.ts'
import type { Finding } from './problems.ts'
import type { LegibleWorker } from './legible-workers.ts'
import type { ParsedWorker } from './schema.ts'

/** `accepts` as it may be written: an expression alone, or a table. */
export function acceptanceOf({
  accepts,
}: {
  accepts?: ParsedWorker['accepts'] | undefined
}): Acceptance | null {
  if (accepts === undefined) return null
  if (typeof accepts === 'string') return { tags: null, when: accepts }
  return { tags: accepts.tags ?? null, when: accepts.when ?? null }
}

/** What is wrong with the expressions. Their compiler is loaded only when there are some: most commands need none. */
export async function acceptanceFindings(
  workers: readonly LegibleWorker[],
  raw: unknown,
): Promise<Finding[]> {
  const stated = workers.flatMap((worker) => {
    const when = acceptanceOf(worker)?.when ?? null
    const inTable = typeof worker.accepts === 'object' ? ['when'] : []
    return when === null ? [] : [{ when, path: ['workers', worker.index, 'accepts', ...inTable] }]
  })
  if (stated.length === 0) return []
  const { compileTaskCondition, conditionNames } = await import('../expressions/task-condition.ts')
  return stated.flatMap(({ when, path }): Finding[] => {
    const compiled = compileTaskCondition(when)
    if (compiled.kind === 'condition') return []
    const message = `found an expression that is not understood (${compiled.reason}), allowed a CEL expression over ${conditionNames.join(', ')}`
    return [{ path, at: 'value', key: keyOf(path, raw), message, suggestion: null }]
  })
}
