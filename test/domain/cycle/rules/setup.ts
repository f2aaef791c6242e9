import type { DecisionMeans, DecisionPolicy } from '../../../../src/domain/cycle/decide.ts'

export function policyOf(more: Partial<DecisionPolicy> = {}): DecisionPolicy {
  return { emergencyDeadLetter: false, actionsMax: 10, tasksMax: 10, rules: [], ...more }
}

/** Every Jr takes every task. */
export function meansOf(more: Partial<DecisionMeans> = {}): DecisionMeans {
  return { idOf: (ordinal) => `1-1-${ordinal}`, conditions: new Map(), accepts: () => true, ...more }
}
