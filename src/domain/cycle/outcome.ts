import type { Outcome } from './decision.ts'
import { rulesOf, type Conditions, type RuleSetting } from './rules/book.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Whether the condition that made a rule act still holds on a later look. `unknown`: there is no such rule any more, or it cannot
 * be told. Says nothing of why: work that went on by itself clears a condition as well as the action does.
 */
export function measure(
  rule: string,
  snapshot: Snapshot,
  settings: readonly RuleSetting[],
  conditions: Conditions,
): Outcome {
  const verdict = rulesOf(settings, conditions)
    .find(({ name }) => name === rule)
    ?.judge(snapshot).verdict
  if (verdict === undefined || verdict === 'broken') return 'unknown'
  return verdict === 'holds' ? 'persists' : 'cleared'
}
