import type { OrchestratorStatusView, PassSummary, PassView } from '../contract/orchestrator.ts'
import { safe } from './fit.ts'
import { count, duration } from './format.ts'

/** Whose passes the cycle's are. */
export function leaderText({ leader, cycle }: Pick<OrchestratorStatusView, 'leader' | 'cycle'>): string {
  if (cycle.leads) return 'made here: this node leads'
  if (leader === null) return 'made by nobody for the moment: no node leads'
  return `made on ${safe(leader.nodeId)}${leader.host === null ? '' : ` (${safe(leader.host)})`}, which leads; see there for more`
}

/** The latest pass: `7: 2 succeeded, 0 failed, 3 s ago`. */
export function lastPassText(pass: PassSummary, nowMs: number): string {
  return `${pass.number}: ${passText(pass)}, ${duration(nowMs - pass.at)} ago`
}

/** What came of it: `2 succeeded, 0 failed`. */
export function passText({ kind, succeeded, failed, askedBy }: PassSummary): string {
  const asked = askedBy === null ? '' : `, asked by ${safe(askedBy)}`
  if (kind === 'acted') return `${succeeded} succeeded, ${failed} failed${asked}`
  return `${kind === 'idle' ? 'no actions needed' : kind}${asked}`
}

/** What came of a pass, in one line. */
export function passHeadline({ number, kind, executions, succeeded, failed, durationMs }: PassView): string {
  const took = `(${Math.round(durationMs)} ms)`
  switch (kind) {
    case 'dry_run':
      return executions.length === 0
        ? `Nothing would be done now ${took}`
        : `${count(executions.length, 'action')} would be executed now; nothing was changed ${took}`
    case 'idle':
      return `Cycle ${number}: no actions needed ${took}`
    case 'observed':
      return `Cycle ${number}: ${count(executions.length, 'decision')} recorded, none acted upon: the mode is observe ${took}`
    case 'acted':
      return `Cycle ${number}: ${succeeded} succeeded, ${failed} failed ${took}`
    default:
      return kind satisfies never
  }
}
