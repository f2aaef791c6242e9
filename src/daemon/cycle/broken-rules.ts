import type { BrokenRuleView } from '../../contract/orchestrator.ts'
import type { RuleVerdict } from '../../domain/cycle/decision.ts'
import type { Logger } from '../../ports/logger.ts'

/** The rules whose condition fails. They do nothing, and the other rules go on. */
export interface BrokenRules {
  /** After each pass. Tells of a rule once, though it fails in every pass, and once when it does no more. */
  judged(verdicts: readonly RuleVerdict[]): void
  /** The rules may be others now: until the next pass nobody knows which are broken. */
  changed(): void
  /** As of the last pass. */
  view(): BrokenRuleView[]
  /** What an operator is to be told, in plain words. */
  complaints(): string[]
}

/** A configuration may have hundreds of rules, all with the same mistake. */
const complaintsMax = 3

export function createBrokenRules(logger: Logger): BrokenRules {
  let told: ReadonlySet<string> = new Set()
  let broken: BrokenRuleView[] = []

  function tell({ rule, verdict, reason }: RuleVerdict): void {
    const wasBroken = told.has(rule)
    if (verdict === 'broken' && !wasBroken)
      logger.warn({ rule }, `the rule ${rule} is broken and does nothing: ${reason}`)
    // Of one that is off nobody knows.
    if (verdict !== 'broken' && verdict !== 'off' && wasBroken)
      logger.info({ rule }, `the rule ${rule} is broken no more`)
  }

  return {
    judged(verdicts) {
      for (const verdict of verdicts) tell(verdict)
      broken = verdicts.flatMap(({ rule, verdict, reason }) =>
        verdict === 'broken' ? [{ rule, reason }] : [],
      )
      told = new Set(broken.map(({ rule }) => rule))
    },
    changed() {
      broken = []
    },
    view: () => broken,
    complaints() {
      const named = broken.slice(0, complaintsMax)
      const more = broken.length - named.length
      return [
        ...named.map(
          ({ rule, reason }) =>
            `the rule ${rule} is broken and does nothing: ${reason}; see jrctl rules explain ${rule}`,
        ),
        ...(more === 0 ? [] : [`${more} more of the rules are broken; see jrctl rules list`]),
      ]
    },
  }
}
