import { duration } from '../duration-words.ts'
import { blocks, standing, tells, type Reason } from './reason.ts'
import type { DaemonFacts, OpenAttempt, TaskStanding, WhyFacts } from './standing.ts'
import { shareReasons } from './share.ts'
import { ago, shown } from './words.ts'

/** Who works on it, at which position, and whether that worker lives. */
export function runningReasons({ standing: facts, daemon }: WhyFacts): Reason[] {
  return [
    ...(facts.open === null ? withoutLease(facts) : withLease(facts, facts.open)),
    ...placeReasons(facts, daemon),
    progressReason(facts),
  ]
}

function withLease({ task, place }: TaskStanding, open: OpenAttempt): Reason[] {
  const attempt = `attempt ${open.attempt} of ${task.maxAttempts}`
  return [
    standing(
      'running',
      `${shown(open.jrName)} has been working on it for ${duration(open.ageMs)}, ${attempt}, on node ${shown(open.nodeId)}.`,
      task.urgent || place?.position === 1 ? null : `Put it before the others with: jrctl urgent ${task.id}`,
    ),
    leaseReason(open),
  ]
}

/** Renewals come four times a lease; when two have been missed, something is wrong there. */
function leaseReason({ renewedAgeMs, leaseLeftMs }: OpenAttempt): Reason {
  if (leaseLeftMs <= 0) {
    return blocks(
      'lease_expired',
      `Its lease expired ${duration(-leaseLeftMs)} ago and was not renewed: it goes back to its line at the next look of a daemon.`,
      'Without a daemon: jrctl health-check',
    )
  }
  const leaseMs = renewedAgeMs + leaseLeftMs
  if (renewedAgeMs > leaseMs / 2) {
    return blocks(
      'lease_silent',
      `Its worker has not renewed the lease for ${duration(renewedAgeMs)}; if it stays silent, the task goes back in ${duration(leaseLeftMs)}.`,
      'See how that worker does with: jrctl workers',
    )
  }
  return tells('lease', `Its lease was renewed ${ago(renewedAgeMs)} and holds for ${duration(leaseLeftMs)}.`)
}

function withoutLease({ task, startedAgeMs, stuckInMs }: TaskStanding): Reason[] {
  const who = task.assignedJr === null ? 'Somebody' : shown(task.assignedJr)
  const since = startedAgeMs === null ? '' : ` for ${duration(startedAgeMs)}`
  const first = standing(
    'running_without_lease',
    `${who} has had it in progress${since}, claimed by plain SQL, without a lease.`,
    `If nobody works on it: jrctl tasks cancel ${task.id}, then jrctl tasks retry ${task.id}`,
  )
  if (stuckInMs === null) return [first]
  if (stuckInMs > 0) {
    const unless = `It counts as stuck in ${duration(stuckInMs)} unless its progress changes before.`
    return [first, tells('stuck_later', unless)]
  }
  const stuck = `It has counted as stuck for ${duration(-stuckInMs)} and goes back to its line at the next sweep of a daemon.`
  return [first, blocks('stuck', stuck, 'Without a daemon: jrctl health-check')]
}

function placeReasons({ task, place }: TaskStanding, daemon: DaemonFacts): Reason[] {
  const share = daemon.up ? daemon.share : null
  return [
    ...(place === null ? [] : [tells('position', `It holds position ${place.position} of ${place.of}.`)]),
    ...(share === null ? [] : shareReasons(share, task.id)),
  ]
}

function progressReason({ task, progressAgeMs }: TaskStanding): Reason {
  if (progressAgeMs === null && task.progressPercent === 0)
    return tells('progress', 'It has not reported any progress yet.')
  const note = task.progressNote === null ? '' : `, "${shown(task.progressNote)}"`
  return tells('progress', `It is at ${task.progressPercent} %${note}, told ${ago(progressAgeMs)}.`)
}
