import { z } from 'zod'
import { sanitize } from '../domain/sanitize.ts'

/** Says only the first of many; a caller mends one kind of mistake at a time. */
const problemsMax = 10

/** Zod's issues in our words, one a field: `waitMs: found 30001, allowed at most 30000`. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): string {
  const byField = new Map<string, string>()
  for (const issue of issues) for (const [field, problem] of problemsIn(issue)) byField.set(field, problem)
  const problems = [...byField].map(([field, problem]) => (field === '' ? problem : `${field}: ${problem}`))
  const more = problems.length - problemsMax
  return [...problems.slice(0, problemsMax), ...(more > 0 ? [`… and ${more} more`] : [])].join('; ')
}

function problemsIn(issue: z.core.$ZodIssue): [field: string, problem: string][] {
  const field = fieldOf(issue.path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, problemsMax + 1)
      .map((key) => [fieldOf([...issue.path, key]), 'there is no such field'])
  // Our own, already in words.
  if (issue.code === 'custom') return [[field, issue.message]]
  return [[field, `found ${foundWords(issue)}, allowed ${allowedWords(issue)}`]]
}

function allowedWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return kindWords[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ')
  if (issue.code === 'too_small')
    return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
  if (issue.code === 'too_big')
    return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
  return issue.code === 'invalid_union' ? 'any JSON value' : `something else (${issue.message})`
}

const kindWords: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function foundWords({ code, input }: z.core.$ZodIssue): string {
  if (input === undefined) return 'nothing'
  if (Array.isArray(input)) return code === 'invalid_type' ? 'a list' : `a list of ${input.length}`
  if (typeof input === 'string') return `"${sanitize(input, { lengthMax: 80 })}"`
  return typeof input === 'object' && input !== null ? 'an object' : `${input as number | boolean | null}`
}

/** `tasks[3].title` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${sanitize(String(part), { lengthMax: 80 })}`))
    .join('')
    .replace(/^\./, '')
}

/**
 * Where fields are missing, unknown or of another kind: those that there are, `jr, count?, waitMs?`. Of the first such
 * place; undefined when there is none, since limits are in the problems themselves.
 */
export function fieldsHint(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): string | undefined {
  const first = issues.find(({ code }) => code === 'unrecognized_keys' || code === 'invalid_type')
  if (first === undefined) return undefined
  const path = first.code === 'unrecognized_keys' ? first.path : first.path.slice(0, -1)
  const place = schemaAt(schema, path)
  if (!(place instanceof z.ZodObject)) return undefined
  const fields = Object.entries(place.shape).map(([name, field]) => (isOptional(field) ? `${name}?` : name))
  return `${path.length === 0 ? 'The fields are' : `The fields of ${fieldOf(path)} are`}: ${fields.join(', ')}.`
}

function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  let place = schema
  for (const part of path) {
    if (place instanceof z.ZodArray) place = place.element
    else if (place instanceof z.ZodObject) place = place.shape[String(part)]
    else return undefined
  }
  return place
}

function isOptional(field: unknown): boolean {
  return field instanceof z.ZodType && field.safeParse(undefined).success
}
