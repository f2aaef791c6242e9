import { Environment } from '@marcbachmann/cel-js'
import type { OfferedTask } from '../domain/acceptance.ts'
import { celLimits, compileCel, type CelCondition, withLinearMatches } from './cel.ts'

/** A condition on a task, as an operator states it in CEL, compiled. */
export type TaskCondition = CelCondition<OfferedTask>

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

export function compileTaskCondition(text: string): TaskCondition {
  const environment = withLinearMatches(new Environment({ limits: celLimits }))
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
  return compileCel(text, environment, contextOf)
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
