import { builtInNames } from '../domain/cycle/rules/built-in.ts'
import { keyOf, valueAt } from './keys.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'
import { ruleFields } from './rules.ts'
import { nearest } from './suggest.ts'

/** What no key of a rule shows on its own. Works on unchecked values; CEL's compiler is loaded only when there are conditions. */
export async function ruleFindings(raw: unknown): Promise<Finding[]> {
  const rules = tablesOf(raw)
  return [
    ...duplicateNames(rules, raw),
    ...rules.flatMap((rule) => (isBuiltIn(rule) ? builtInFindings(rule, raw) : ownFindings(rule, raw))),
    ...(await conditionFindings(rules, raw)),
  ]
}

interface RuleTable {
  /** From 0. */
  index: number
  /** Undefined: it has none that could be one. */
  name: string | undefined
  /** Those of its keys that are written. */
  keys: ReadonlySet<string>
  when: unknown
}

/** More than these are refused as such. */
const looksMax = 1000

function tablesOf(raw: unknown): RuleTable[] {
  const tables = valueAt(raw, ['rules'])
  if (!Array.isArray(tables)) return []
  return tables.slice(0, looksMax).flatMap((table, index): RuleTable[] => {
    if (typeof table !== 'object' || table === null) return []
    const name: unknown = valueAt(table, ['name'])
    const isName = ruleFields.name.safeParse(name).success && typeof name === 'string'
    const when: unknown = valueAt(table, ['when'])
    return [{ index, name: isName ? name : undefined, keys: new Set(Object.keys(table)), when }]
  })
}

function isBuiltIn({ name }: RuleTable): boolean {
  return name !== undefined && builtInNames.includes(name)
}

function duplicateNames(rules: readonly RuleTable[], raw: unknown): Finding[] {
  const seen = new Set<string>()
  return rules.flatMap(({ index, name }) => {
    if (name === undefined) return []
    const isKnown = seen.has(name)
    seen.add(name)
    return isKnown
      ? [finding(raw, index, 'name', `found ${quote(name)} a second time, allowed each name once`)]
      : []
  })
}

/** What a built-in rule does is ours to say. */
function builtInFindings({ index, name, keys }: RuleTable, raw: unknown): Finding[] {
  return ['when', 'do', 'reason']
    .filter((key) => keys.has(key))
    .map((key) =>
      finding(
        raw,
        index,
        key,
        `found beside the name of a built-in rule, allowed only enabled, cooldown and priority there (for a rule of your own choose another name than ${quote(name ?? '')}; enabled = false switches that one off)`,
      ),
    )
}

function ownFindings({ index, name, keys }: RuleTable, raw: unknown): Finding[] {
  if (name === undefined) return []
  if (!keys.has('when') && !keys.has('do')) return [noRule(raw, index, name)]
  return (['when', 'do'] as const)
    .filter((key) => !keys.has(key))
    .map((key) => finding(raw, index, key, `found nothing, allowed ${wanted[key]}`))
}

const wanted = {
  when: 'a CEL expression over the snapshot, such as "jobs.waiting > 200": when this rule of your own fires',
  do: 'one of the actions, such as "rebalance_queue": what this rule of your own does',
}

function noRule(raw: unknown, index: number, name: string): Finding {
  const meant = nearest(name, builtInNames)
  return {
    ...finding(
      raw,
      index,
      'name',
      `found ${quote(name)}, allowed a built-in rule (${builtInNames.join(', ')}), or for a rule of your own when and do beside it`,
    ),
    suggestion: meant === null ? null : JSON.stringify(meant),
  }
}

async function conditionFindings(rules: readonly RuleTable[], raw: unknown): Promise<Finding[]> {
  const stated = rules.flatMap((rule) => {
    const { when } = rule
    const isLegible = typeof when === 'string' && ruleFields.when.safeParse(when).success
    return isLegible && !isBuiltIn(rule) ? [{ index: rule.index, when }] : []
  })
  if (stated.length === 0) return []
  const { compileSnapshotCondition, snapshotNames } = await import('../expressions/snapshot-condition.ts')
  return stated.flatMap(({ index, when }): Finding[] => {
    const compiled = compileSnapshotCondition(when)
    if (compiled.kind === 'condition') return []
    const { reason, unknown } = compiled
    if (unknown === null || unknown.allowed.length === 0) {
      const message = `found an expression that is not understood (${reason}), allowed a CEL expression over ${snapshotNames.join(', ')}`
      return [finding(raw, index, 'when', message)]
    }
    const meant = nearest(unknown.name, unknown.allowed) ?? unknown.elsewhere
    const place = unknown.within === '' ? 'a snapshot' : unknown.within
    const message = `found ${quote(unknown.name)}, which is no part of ${place}, allowed ${unknown.allowed.join(', ')}`
    return [
      { ...finding(raw, index, 'when', message), suggestion: meant === null ? null : JSON.stringify(meant) },
    ]
  })
}

function finding(raw: unknown, index: number, key: string, message: string): Finding {
  const path = ['rules', index, key]
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}
