import * as z from 'zod'
import { choice, duration, flag, numeric } from './fields.ts'
import type { OrchestratorPolicy, RulePolicy } from './policy.ts'

/** A snapshot lists so many for each action. */
const tasksMax = 10

/** The keys of `[orchestrator]`. */
export const orchestratorFields = {
  enabled: flag(
    false,
    "Whether the autonomous cycle acts, until somebody says otherwise by `jrctl orchestrator enable | disable`; that word is kept in the queue's database, and counts for all nodes. Supervision, assignment and rescue always run. The environment may say it as ORCHESTRATOR_ENABLED, too.",
  ),
  interval: duration(
    '2s',
    ['100ms', '1h'],
    'How often the leader takes a snapshot and decides; what happens meanwhile wakes it earlier. The environment may say it in seconds as ORCHESTRATOR_INTERVAL_SECONDS, too.',
  ),
  mode: choice(['act', 'observe'], 'act', 'observe: decides and records, and leaves everything as it is.'),
  emergency_dead_letter: flag(
    false,
    'Whether a health score below 50 lets the cycle give up tasks that have waited for over 2 h. They become dead letters, and can be replayed.',
  ),
  max_actions: numeric(
    10,
    { min: 1, max: 100, whole: true, unit: 'actions' },
    'The most actions of one pass; those of the highest priority are done.',
  ),
  max_tasks: numeric(
    tasksMax,
    { min: 1, max: tasksMax, whole: true, unit: 'tasks' },
    'The most tasks that one action touches.',
  ),
}

export const orchestratorSchema = z
  .strictObject(orchestratorFields)
  .prefault({})
  .meta({ description: 'The autonomous cycle: monitor, decide, execute, record.' })

export function orchestratorOf(
  parsed: z.output<typeof orchestratorSchema>,
  rules: RulePolicy[],
): OrchestratorPolicy {
  return {
    enabled: parsed.enabled,
    intervalMs: parsed.interval,
    mode: parsed.mode,
    emergencyDeadLetter: parsed.emergency_dead_letter,
    actionsMax: parsed.max_actions,
    tasksMax: parsed.max_tasks,
    rules,
  }
}
