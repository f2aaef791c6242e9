import type { Environment, ParseResult } from '@marcbachmann/cel-js'
import { sanitize } from '../domain/sanitize.ts'
import { matchesLinearly, patternProblem } from './linear-pattern.ts'

/** An expression in CEL (https://cel.dev) that says true or false, compiled; or why it is none. */
export type CelCondition<Context> =
  { kind: 'condition'; holds: (context: Context) => ConditionVerdict } | CelMistake

export interface CelMistake {
  kind: 'invalid'
  reason: string
  /** What the library threw; null: the mistake is none of its. */
  error: unknown
}

/** An expression that fails (it compares what is missing, for instance) holds not, and says why. */
export type ConditionVerdict = { holds: boolean; error: string | null }

/** Of the text; a longer condition is a program. */
export const conditionLengthMax = 2_000

export const celLimits = { maxAstNodes: 1_000, maxDepth: 50 }

const reasonMax = 300

/** Loops over a snapshot's lists within one another: two are 10,000 steps (20 ms), four would hold up the daemon for minutes. */
const loopsMax = 2
const loops: ReadonlySet<unknown> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

/** Checks names and types, so that what is wrong is told when the configuration is read and not at the first use. */
export function compileCel<Context>(
  text: string,
  environment: Environment,
  variablesOf: (context: Context) => Record<string, unknown>,
): CelCondition<Context> {
  if (text.length > conditionLengthMax)
    return invalid(`it has ${text.length} characters, at most ${conditionLengthMax} are allowed`)
  try {
    const parsed: ParseResult = environment.parse(text)
    const nested = loopsWithin(parsed.ast)
    if (nested > loopsMax)
      return invalid(
        `it has ${nested} loops (${[...loops].join(', ')}) within one another, at most ${loopsMax} are allowed`,
      )
    const hopeless = searchInLinearTime(parsed.ast)
    if (hopeless !== null) return invalid(hopeless)
    const check = parsed.check()
    if (!check.valid) return invalid(firstLine(check.error), check.error)
    if (check.type !== 'bool' && check.type !== 'dyn')
      return invalid(`it is of type ${check.type}, not true or false`)
    return { kind: 'condition', holds: (context) => evaluate(text, () => parsed(variablesOf(context))) }
  } catch (error) {
    return invalid(firstLine(error), error)
  }
}

/** How many loops lie within one another at most; those of a chain follow one another. */
function loopsWithin(part: unknown): number {
  if (Array.isArray(part)) return Math.max(0, ...part.map(loopsWithin))
  if (typeof part !== 'object' || part === null || !('op' in part) || !('args' in part)) return 0
  if (part.op !== 'rcall' || !Array.isArray(part.args)) return loopsWithin(part.args)
  const [name, list, body] = part.args as unknown[]
  return Math.max(loopsWithin(list), loopsWithin(body) + Number(loops.has(name)))
}

/** The library's own `matches` is JavaScript's, and has no bound on its time; it lets nobody put another in its place. */
export function withLinearMatches(environment: Environment): Environment {
  return environment.registerFunction(`string.${linearMatches}(string): bool`, matchesLinearly)
}

const linearMatches = 'matches_in_linear_time'

/** Has every `matches` mean the linear one. Answers what is wrong with a pattern that is written out; null: nothing. */
function searchInLinearTime(part: unknown): string | null {
  if (Array.isArray(part)) return part.map(searchInLinearTime).find((problem) => problem !== null) ?? null
  if (typeof part !== 'object' || part === null || !('op' in part) || !('args' in part)) return null
  if (part.op === 'rcall' && Array.isArray(part.args) && part.args[0] === 'matches') {
    part.args[0] = linearMatches
    const pattern = literalOf((part.args[2] as unknown[])[0])
    const problem = pattern === null ? null : patternProblem(pattern)
    if (problem !== null) return problem
  }
  return searchInLinearTime(part.args)
}

function literalOf(part: unknown): string | null {
  const isLiteral = typeof part === 'object' && part !== null && 'op' in part && part.op === 'value'
  return isLiteral && 'args' in part && typeof part.args === 'string' ? part.args : null
}

function invalid(reason: string, error: unknown = null): CelMistake {
  return { kind: 'invalid', reason, error }
}

function evaluate(text: string, run: () => unknown): ConditionVerdict {
  try {
    const value = run()
    return typeof value === 'boolean'
      ? { holds: value, error: null }
      : { holds: false, error: `it is ${String(value)}, not true or false` }
  } catch (error) {
    return { holds: false, error: endOfList(text, error) ?? firstLine(error) }
  }
}

/** Of an entry that its list does not have the library tells in words of its own workings; null: the error is another. */
function endOfList(text: string, error: unknown): string | null {
  const { code, range } = error as { code?: unknown; range?: { start: number; end: number } }
  if (code !== 'index_out_of_bounds' || range === undefined) return null
  const entry = text.slice(range.start, range.end)
  return sanitize(`there is no ${entry}, its list is shorter; look at its size() first`, {
    lengthMax: reasonMax,
  })
}

/** The rest of a message points into the text with a drawing; it may repeat whatever stands in the text. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return sanitize(message.split('\n')[0]?.trim() ?? '', { lengthMax: reasonMax })
}
