import type { Decided } from '../../domain/cycle/decision.ts'
import type { Rule } from '../../domain/cycle/rules/rule.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'

/** The rules as this node's configuration has them, for commands that work without a daemon. */
export interface RuleDesk {
  /** The configuration file; null: there is none. */
  path: string | null
  enabled: boolean
  mode: 'act' | 'observe'
  emergencyDeadLetter: boolean
  actionsMax: number
  tasksMax: number
  /** The built-in ones, then the operator's own. */
  rules: readonly Rule[]
  /** So long an action leaves a task alone, by action. */
  periodsMs: Readonly<Record<Rule['action'], number>>
  /** What would be decided. @param rests rules that rest, until when (epoch milliseconds) */
  decide(snapshot: Snapshot, rests: Readonly<Record<string, number>>): Decided
  /** Throws UserError when it is none. @param name of the file, for messages */
  readSnapshot(text: string, name: string): Snapshot
  /** The rule that somebody probably means. */
  nearest(name: string): string | null
}
