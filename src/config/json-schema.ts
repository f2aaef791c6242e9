import * as z from 'zod'
import { configSchema } from './schema.ts'

/** JSON Schema (2020-12) of the configuration file as it is written, with reasons, for editors to complete from. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', reused: 'inline' })
  return { $schema, title: 'jrctl configuration', ...schema }
}
