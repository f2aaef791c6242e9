import { Environment } from '@marcbachmann/cel-js'
import type { OfferedTask } from '../domain/acceptance.ts'

/** A condition on a task, as an operator states it in CEL (https://cel.dev), compiled. */
export type TaskCondition =
  { kind: 'condition'; holds(task: OfferedTask): ConditionVerdict } | { kind: 'invalid'; reason: string }

/** An expression that fails on a task (it compares a missing score, for instance) holds for none. */
export type ConditionVerdict = { holds: boolean; error: string | null }

/** Of the text; a longer condition is a program. */
export const conditionLengthMax = 2_000

/** The names of a condition are the columns of the queue; those that may be missing are null then. */
const variables = {
  id: 'int',
  title: 'string',
  source: 'string',
  created_by: 'string',
  priority: 'int',
  sacred_fire_priority: 'int',
  urgent: 'bool',
  attempts: 'int',
  tags: 'list<string>',
  channel: 'dyn',
  score: 'dyn',
  campaign_id: 'dyn',
} as const

/** What a condition may name, for messages. */
export const conditionNames: readonly string[] = Object.keys(variables)

const limits = { maxAstNodes: 1_000, maxDepth: 50 }

/** Checks names and types, so that what is wrong is told when the configuration is read and not at the first task. */
export function compileTaskCondition(text: string): TaskCondition {
  if (text.length > conditionLengthMax) {
    return {
      kind: 'invalid',
      reason: `it has ${text.length} characters, at most ${conditionLengthMax} are allowed`,
    }
  }
  const environment = new Environment({ limits })
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
  try {
    const parsed = environment.parse(text)
    const check = parsed.check()
    if (!check.valid) return { kind: 'invalid', reason: firstLine(check.error) }
    if (check.type !== 'bool' && check.type !== 'dyn') {
      return { kind: 'invalid', reason: `it is of type ${check.type}, not true or false` }
    }
    return { kind: 'condition', holds: (task) => evaluate(() => parsed(contextOf(task))) }
  } catch (error) {
    return { kind: 'invalid', reason: firstLine(error) }
  }
}

function evaluate(run: () => unknown): ConditionVerdict {
  try {
    const value = run()
    return typeof value === 'boolean'
      ? { holds: value, error: null }
      : { holds: false, error: `it is ${String(value)}, not true or false` }
  } catch (error) {
    return { holds: false, error: firstLine(error) }
  }
}

/** CEL's integers are BigInts here. */
function contextOf(task: OfferedTask): Record<keyof typeof variables, unknown> {
  return {
    id: BigInt(task.id),
    title: task.title,
    source: task.source,
    created_by: task.createdBy,
    priority: BigInt(task.priority),
    sacred_fire_priority: BigInt(task.sacredFirePriority),
    urgent: task.urgent,
    attempts: BigInt(task.attempts),
    tags: task.tags,
    channel: task.channel,
    score: task.score,
    campaign_id: task.campaignId === null ? null : BigInt(task.campaignId),
  }
}

/** The rest of a message points into the text with a drawing. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0]?.trim() ?? ''
}
