import type { RuleVerdict } from '../../domain/cycle/decision.ts'
import type { Logger } from '../../ports/logger.ts'

/**
 * Tells of a rule whose condition fails: once, though it fails in every pass, and once when it does no more. Until then it does
 * nothing, and the other rules go on.
 */
export function createBrokenRules(logger: Logger): (verdicts: readonly RuleVerdict[]) => void {
  let broken: ReadonlySet<string> = new Set()

  function tell({ rule, verdict, reason }: RuleVerdict): void {
    const wasBroken = broken.has(rule)
    if (verdict === 'broken' && !wasBroken)
      logger.warn({ rule }, `the rule ${rule} is broken and does nothing: ${reason}`)
    // Of one that is off nobody knows.
    if (verdict !== 'broken' && verdict !== 'off' && wasBroken)
      logger.info({ rule }, `the rule ${rule} is broken no more`)
  }

  return (verdicts) => {
    for (const verdict of verdicts) tell(verdict)
    broken = new Set(verdicts.filter(({ verdict }) => verdict === 'broken').map(({ rule }) => rule))
  }
}
