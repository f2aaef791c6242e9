import type { CountFacts, SchemaFacts, TriggerFacts } from '../../ports/database-checkup.ts'
import { bad, ok, warn, type Check } from './check.ts'

export function judgeSchema({ state, words, indexes }: SchemaFacts): Check[] {
  return [schemaCheck(state, words), ...indexChecks(state, indexes)]
}

function schemaCheck(state: SchemaFacts['state'], words: string): Check {
  const name = 'database.schema'
  switch (state) {
    case 'current':
      return ok(name, words)
    case 'ahead_workable':
      return warn(name, `${words}; this one can work with it`, 'Upgrade jrctl on this machine.')
    case 'ahead':
      return bad(name, words, 'Upgrade jrctl on this machine.')
    case 'missing':
    case 'behind':
      return bad(name, words, 'Run: jrctl migrate (jrctl migrate --plan shows what it does)')
    case 'foreign':
      return bad(name, words, 'Resolve what is named, or use another database.')
    default:
      return state satisfies never
  }
}

function indexChecks(state: SchemaFacts['state'], indexes: SchemaFacts['indexes']): Check[] {
  const name = 'database.indexes'
  if (state === 'missing' || state === 'foreign') return []
  if (indexes.length === 0) return [ok(name, 'all indexes are there and valid')]
  return indexes.map(({ name: index, invalid }) =>
    bad(
      name,
      invalid
        ? `${index} is invalid: its build was interrupted, or somebody made it otherwise`
        : `${index} is missing`,
      'Build it, while everybody goes on working, with: jrctl migrate',
    ),
  )
}

export function judgeMisfits(misfits: readonly string[]): Check[] {
  const name = 'database.plans'
  if (misfits.length === 0) return [ok(name, 'claims are answered by their indexes, without a sort')]
  return misfits.map((index) =>
    bad(
      name,
      `${index} does not serve the queries it is for: its definition is not ours`,
      `DROP INDEX CONCURRENTLY ${index}, then: jrctl migrate`,
    ),
  )
}

export function judgeTrigger({ missing, disabled, replicationRole }: TriggerFacts): Check[] {
  const name = 'database.trigger'
  const silent = 'changes are neither recorded nor told'
  const restore = 'Restore it, and the counts that nobody kept meanwhile, with: jrctl migrate'
  const checks = [
    ...missing.map((trigger) => bad(name, `the trigger ${trigger} is missing: ${silent}`, restore)),
    ...disabled.map((trigger) => bad(name, `the trigger ${trigger} is disabled: ${silent}`, restore)),
    ...(replicationRole === 'origin'
      ? []
      : [
          bad(
            name,
            `session_replication_role is ${replicationRole}, so that triggers do not fire: ${silent}`,
            'Reset it: ALTER ROLE … RESET session_replication_role, ALTER DATABASE … RESET session_replication_role.',
          ),
        ]),
  ]
  return checks.length > 0 ? checks : [ok(name, 'the triggers are in place and fire')]
}

export function judgeCounts({ drifted }: CountFacts): Check[] {
  const name = 'database.counts'
  if (!drifted) return [ok(name, 'the counts by status are those of the tasks')]
  return [
    bad(
      name,
      'the counts by status are wrong: tasks were changed while a trigger was off',
      'Count anew with: jrctl migrate. Which tasks those were: jrctl ledger replay --check',
    ),
  ]
}
