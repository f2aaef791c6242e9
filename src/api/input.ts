import type { z } from 'zod'
import { inputs, type Parsed } from '../contract/inputs.ts'
import type { RouteName } from '../contract/routes.ts'
import { Refusal } from './refusal.ts'

/** Says only the first of many; a caller mends one kind of mistake at a time. */
const maxProblems = 10

/** Parses a route's flat input. Throws a Refusal (400) that names each field, what was found and what is allowed. */
export function parseInput<Name extends RouteName>(name: Name, raw: object): Parsed<Name> {
  const parsed = inputs[name].safeParse(raw)
  if (parsed.success) return parsed.data as Parsed<Name>
  const { issues } = parsed.error
  const problems = issues.slice(0, maxProblems).map(problemOf)
  if (issues.length > maxProblems) problems.push(`… and ${issues.length - maxProblems} more`)
  throw new Refusal(400, 'request.invalid', problems.join('; '))
}

function problemOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${fieldOf(path)}: ${message}`
}

/** `tasks[3].title` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
