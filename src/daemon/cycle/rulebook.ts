import type { OrchestratorPolicy } from '../../config/policy.ts'
import { cooldownOf, decide } from '../../domain/cycle/decide.ts'
import type { CycleHistory, Decided, Outcome } from '../../domain/cycle/decision.ts'
import { measure } from '../../domain/cycle/outcome.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import type { JrName } from '../../domain/ids.ts'
import { compileConditions } from '../../expressions/rule-conditions.ts'

/** The rules as the configuration has them: what to do about a snapshot, and whether what was done has helped. */
export interface Rulebook {
  decide(snapshot: Snapshot, history: CycleHistory, aside: DecideAside): Decided
  /** How long a rule rests after acting. */
  cooldownMs(rule: string): number
  /** Whether the condition that made a rule act is gone; `unknown` of a rule that is there no more. */
  measure(rule: string, snapshot: Snapshot): Outcome
}

export interface DecideAside {
  /** The id of a pass's nth decision, from 1. */
  idOf(nth: number): string
  /**
   * Jrs that state what they accept. A snapshot tells too little of a task to judge, so nothing is moved into their lines: it goes to
   * nobody's, from which the assignment, which knows all of it, gives it to them.
   */
  choosy: ReadonlySet<JrName>
}

/** Compiles what operators wrote. */
export async function createRulebook(policy: OrchestratorPolicy): Promise<Rulebook> {
  const conditions = await compileConditions(policy.rules)
  return {
    decide: (snapshot, history, aside) =>
      decide(snapshot, policy, history, {
        conditions,
        idOf: (nth) => aside.idOf(nth),
        accepts: (jr) => !aside.choosy.has(jr),
      }),
    cooldownMs: (rule) => cooldownOf(rule, policy.rules),
    measure: (rule, snapshot) => measure(rule, snapshot, policy.rules, conditions),
  }
}
