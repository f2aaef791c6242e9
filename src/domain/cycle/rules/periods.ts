import type { ActionKind } from '../decision.ts'

const minute = 60_000
const hour = 60 * minute

/**
 * So long an action leaves a task alone on which it has acted, whichever rule asks (spec §7). Long enough for the action to show its
 * effect: a task that was brought forward and is there again within the hour has another trouble.
 */
export const periodsMs: Readonly<Record<ActionKind, number>> = {
  schedule_task: hour,
  // One wait of its four may be cut short, so that what fails at once does not run hot.
  retry_failed: hour,
  // Of no task.
  trigger_reconciliation: 0,
  promote_task: hour,
  // As far as it puts it off.
  downgrade_task: 24 * hour,
  force_run: hour,
  // A task that is moved again and again is served nowhere.
  rebalance_queue: 10 * minute,
}

/** How long a rule rests after acting, where nothing else is said. */
export const cooldownMs = minute

/** How far `downgrade_task` puts a task off. */
export const downgradeMs = 24 * hour
