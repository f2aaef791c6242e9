import type * as z from 'zod'
import { valueAt } from './keys.ts'
import { workerFields } from './schema.ts'
import type { ParsedWorker } from './schema.ts'

/** What can be read of one `[[workers]]` table; a key whose value is refused is undefined, as one that is optional may be. */
export type LegibleWorker = {
  [Key in (typeof read)[number]]: ParsedWorker[Key] | undefined
} & {
  /** From 0. */
  index: number
  /** These of its keys hold a value that is refused. */
  refused: ReadonlySet<string>
}

const read = [
  'schedule',
  'timezone',
  'timeout',
  'max_concurrent',
  'overlap',
  'missed',
  'retries',
  'instances',
  'restart',
  'accepts',
] as const

/** The workers key by key, with defaults: what is wrong with one key hides nothing that is wrong with another. */
export function legibleWorkers(raw: unknown): LegibleWorker[] {
  const tables = valueAt(raw, ['workers'])
  if (!Array.isArray(tables)) return []
  return tables.map((_, index) => {
    const refused = new Set<string>()
    const value = <Field extends z.ZodType>(field: Field, key: string): z.output<Field> | undefined => {
      const parsed = field.safeParse(valueAt(raw, ['workers', index, key]))
      if (!parsed.success) refused.add(key)
      return parsed.data
    }
    return {
      schedule: value(workerFields.schedule, 'schedule'),
      timezone: value(workerFields.timezone, 'timezone'),
      timeout: value(workerFields.timeout, 'timeout'),
      max_concurrent: value(workerFields.max_concurrent, 'max_concurrent'),
      overlap: value(workerFields.overlap, 'overlap'),
      missed: value(workerFields.missed, 'missed'),
      retries: value(workerFields.retries, 'retries'),
      instances: value(workerFields.instances, 'instances'),
      restart: value(workerFields.restart, 'restart'),
      accepts: value(workerFields.accepts, 'accepts'),
      index,
      refused,
    }
  })
}
