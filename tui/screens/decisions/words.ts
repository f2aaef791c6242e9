import type { DecisionRecord, DecisionState, Outcome } from '../../../src/domain/cycle/decision.ts'
import { moment } from '../../../src/text/format.ts'

const states: Record<DecisionState, string> = {
  executed: 'executed',
  failed: 'failed; the rule rests and is asked again',
  intended: 'open: on record, and not known to be done; the next pass sees to it, and does nothing twice',
  observed: 'would have been executed, but the cycle only observes; nothing was changed',
}

/** What became of a decision. */
export function stateSentence({ state }: DecisionRecord): string {
  return states[state]
}

const outcomes: Record<Outcome, string> = {
  cleared: 'yes: what made the rule fire was gone',
  persists: 'not yet: what made the rule fire was still there',
  unknown: 'unknown: there is no such rule any more, or it cannot be told',
}

/** Whether it helped, and when that was looked at. Says nothing of why: work that went on by itself clears a condition, too. */
export function outcomeSentence({ outcome, measuredAt, state }: DecisionRecord, nowMs: number): string {
  if (outcome === null)
    return state === 'executed' ? 'measured when the rule has rested' : 'not measured: nothing was done'
  return `${outcomes[outcome]}${measuredAt === null ? '' : `, ${moment(measuredAt, nowMs)}`}`
}
