import { type Command, Option } from 'commander'
import type { NewTaskInput } from '../../contract/inputs.ts'
import { integer, jrValue, score, words } from '../option-values.ts'
import { parseAt } from '../time-options.ts'

/** As commander hands them over. */
export interface TaskOptions {
  description?: string
  assign?: string
  priority?: number
  sacred?: number
  urgent?: boolean
  channel?: string
  score?: number | ''
  /** Its number or its name. */
  campaign?: string
  at?: string
  maxAttempts?: number
  tags?: string[]
}

/** The options that `tasks add` and `tasks set` share; what is new has defaults. */
export function addTaskOptions(command: Command, { isNew }: { isNew: boolean }): Command {
  const assign = new Option('--assign <jr>', 'the Jr that shall do it')
  if (isNew) assign.argParser(jrValue)
  return command
    .option('--description <text>', 'what is to be done')
    .addOption(assign)
    .option('--priority <number>', `lower is sooner${isNew ? ' (default 5)' : ''}`, integer(-32_768, 32_767))
    .option(
      '--sacred <number>',
      'sacred_fire_priority, 0–10, higher is sooner, above 8 is urgent',
      integer(0, 10),
    )
    .option('--urgent', 'before all others')
    .option('--channel <channel>', 'where it is delivered, such as instagram')
    .option('--score <number>', 'how good it is, 0–100; above 80 is high', score)
    .option('--campaign <campaign>', 'its campaign, by number or name')
    .option('--at <time>', 'not before: +2h, 18:00, "tomorrow 18:00", 2026-12-24T18:00, or now')
    .option(
      '--max-attempts <count>',
      `tries before it is given up (1–100${isNew ? ', default 4' : ''})`,
      integer(1, 100),
    )
    .option('--tags <list>', 'words to find it by, comma-separated', words)
}

export type TaskFields = Omit<NewTaskInput, 'title' | 'source' | 'createdBy' | 'urgent'>

/** Options as the contract names them; an empty text takes a value away. Undefined ones are not sent. */
export function fieldsOf(options: TaskOptions, nowMs: number): TaskFields {
  const orNone = (text: string | undefined) => (text === '' ? null : text)
  const fields: { [Key in keyof TaskFields]: TaskFields[Key] | undefined } = {
    description: options.description,
    assignedJr: orNone(options.assign),
    priority: options.priority,
    sacredFirePriority: options.sacred,
    channel: orNone(options.channel),
    score: options.score === '' ? null : options.score,
    campaign: orNone(options.campaign),
    scheduledAt: options.at === undefined ? undefined : parseAt(options.at, nowMs),
    maxAttempts: options.maxAttempts,
    tags: options.tags,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
