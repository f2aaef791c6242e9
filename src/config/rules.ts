import * as z from 'zod'
import { actionKinds } from '../domain/cycle/decision.ts'
import { builtInNames, builtInRules } from '../domain/cycle/rules/built-in.ts'
import { oneLine, ownPriority } from '../domain/cycle/rules/own.ts'
import { sanitize } from '../domain/sanitize.ts'
import { duration, flag, noted } from './fields.ts'
import type { RulePolicy } from './policy.ts'

/** Names stand in ids, logs and metrics. */
const namePattern = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
const printable = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u
/** A longer condition is a program. */
const conditionLengthMax = 2_000
const reasonMax = 300

/** The keys of one `[[rules]]` table. */
export const ruleFields = {
  name: noted(z.string().regex(namePattern), {
    kind: 'text',
    allowed:
      'a name of 1 to 64 letters, digits, ".", "_" and "-" that begins with a letter, such as "calls_pile_up"',
    reason:
      'That of a built-in rule (see `jrctl rules list`) changes what it says of enabled, cooldown and priority; another makes a rule of your own.',
    unit: null,
    default: null,
  }),
  enabled: flag(true, 'Whether it may act.'),
  cooldown: duration(
    '60s',
    ['0s', '1d'],
    'How long it rests after acting. Its effect is measured at the end of that time.',
  ),
  priority: noted(z.number().min(1).max(10).refine(Number.isInteger).meta({ type: 'integer' }).optional(), {
    kind: 'number',
    allowed: 'a whole number from 1 to 10',
    reason: `Who goes first, the highest: of two rules that want the same task in one pass it has it. By default as built in, and ${ownPriority} for your own.`,
    unit: null,
    default: null,
  }),
  when: noted(z.string().min(1).max(conditionLengthMax).optional(), {
    kind: 'text',
    allowed: 'a CEL expression over the snapshot, such as "jobs.waiting > 200 && workers.onlineJrs < 2"',
    reason:
      'When it fires: an expression over what `jrctl orchestrator snapshot --json` shows, with the same names. For times there are second, minute, hour and day, as in "jobs.oldestWaitingMs > 20 * minute".',
    unit: null,
    default: null,
  }),
  do: noted(z.literal([...actionKinds]).optional(), {
    kind: 'text',
    allowed: actionKinds.map((kind) => `"${kind}"`).join(', '),
    reason: 'What it does then, to the tasks that are next in turn for that action.',
    unit: null,
    default: null,
    choices: actionKinds,
  }),
  reason: noted(z.string().min(1).max(reasonMax).regex(printable).optional(), {
    kind: 'text',
    allowed: `one line of 1 to ${reasonMax} printable characters`,
    reason: 'Why, for those who read the ledger. By default the condition itself.',
    unit: null,
    default: null,
  }),
}

/** Each is looked at in every pass. */
export const rulesMax = 100

export const rulesSchema = z
  .array(z.strictObject(ruleFields))
  .max(rulesMax)
  .prefault([])
  .meta({ description: 'Rules of the cycle: what differs for built-in ones, and rules of your own.' })

type ParsedRule = z.output<typeof rulesSchema>[number]

export function rulePoliciesOf(parsed: readonly ParsedRule[]): RulePolicy[] {
  return parsed.map((rule) => ({
    name: rule.name,
    enabled: rule.enabled,
    // That of the built-in ones is the same.
    cooldownMs: rule.cooldown,
    priority: rule.priority ?? null,
    own: ownOf(rule),
  }))
}

function ownOf({ name, when, do: action, reason }: ParsedRule): RulePolicy['own'] {
  if (builtInNames.includes(name) || when === undefined || action === undefined) return null
  return { when, do: action, reason: reason ?? `${sanitize(oneLine(when), { lengthMax: reasonMax })} holds` }
}

/** What holds where a `[[rules]]` table does not say it, beyond the defaults of its keys. */
export function ruleStandards({ name, own }: RulePolicy): Record<string, string | number | undefined> {
  const builtIn = builtInRules.find((rule) => rule.name === name)
  return { priority: builtIn?.priority ?? ownPriority, reason: own?.reason }
}
