import { builtInRules } from './built-in.ts'
import { ownPriority, ownRule, type OwnRule, type SnapshotCondition } from './own.ts'
import { cooldownMs } from './periods.ts'
import type { BuiltInRule, Rule } from './rule.ts'

/** What the configuration says of a rule: of a built-in one by its name, else one of the operator's own. */
export interface RuleSetting {
  name: string
  enabled: boolean
  /** Null: as built in. */
  cooldownMs: number | null
  priority: number | null
  /** Null for a built-in one. */
  own: OwnRule | null
}

/** Compiled conditions of the operator's own rules, by their text. */
export type Conditions = ReadonlyMap<string, SnapshotCondition>

/** All rules as they are in force: the built-in ones, then the operator's own in their order. */
export function rulesOf(settings: readonly RuleSetting[], conditions: Conditions): Rule[] {
  const said = new Map(settings.map((setting) => [setting.name, setting]))
  const builtIn = builtInRules.map((rule) => inForce(rule, said.get(rule.name)))
  const own = settings.flatMap((setting): Rule[] =>
    setting.own === null
      ? []
      : [
          {
            ...ownRule(setting.own, conditions.get(setting.own.when)),
            name: setting.name,
            enabled: setting.enabled,
            priority: setting.priority ?? ownPriority,
            cooldownMs: setting.cooldownMs ?? cooldownMs,
          },
        ],
  )
  return [...builtIn, ...own]
}

function inForce(rule: BuiltInRule, setting: RuleSetting | undefined): Rule {
  return {
    ...rule,
    isOwn: false,
    enabled: setting?.enabled ?? true,
    priority: setting?.priority ?? rule.priority,
    cooldownMs: setting?.cooldownMs ?? cooldownMs,
  }
}
