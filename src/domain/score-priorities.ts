import type { WorkerFigures } from './metrics/worker-record.ts'

export type Priority = 1 | 2 | 3

export interface RatedWorker {
  name: string
  /** As its configuration says. */
  configured: Priority
  /** As it is in force, which an earlier night may have changed. */
  inForce: Priority
  figures: Pick<WorkerFigures, 'successes' | 'failures' | 'score'>
}

export interface PriorityProposal {
  name: string
  from: Priority
  to: Priority
  /** In plain words. */
  reason: string
}

/** With fewer executions than these a score is no ground for anything. */
const executionsNeeded = 50
/** At and above it earns a step up, and keeps it down to `keepUp`. */
const earnsUp = 95
const keepUp = 85
/** Below it loses a step, and gets it back from `backFromDown` on. */
const losesStep = 50
const backFromDown = 65

/**
 * Priorities by score: at most one step from what the configuration says, never into or out of 1 (critical is what a person
 * says of a worker, not how well it does). Bands that earn a step and bands that keep it differ, so that a score that hovers
 * about one of them changes nothing twice.
 */
export function proposePriorities(workers: readonly RatedWorker[]): PriorityProposal[] {
  return workers.flatMap((worker) => {
    const { configured, inForce, name, figures } = worker
    const { successes, failures, score } = figures
    if (configured === 1 || score === null || successes + failures < executionsNeeded) return []
    const to = priorityFor(score.total, configured, inForce)
    return to === inForce ? [] : [{ name, from: inForce, to, reason: reasonOf(worker, score.total, to) }]
  })
}

function priorityFor(score: number, configured: Priority, inForce: Priority): Priority {
  const isUp = inForce < configured
  const isDown = inForce > configured
  if (configured === 3) return score >= (isUp ? keepUp : earnsUp) ? 2 : 3
  return score < (isDown ? backFromDown : losesStep) ? 3 : configured
}

function reasonOf({ configured, inForce }: RatedWorker, score: number, to: Priority): string {
  if (to === configured && inForce !== configured)
    return `a score of ${score} no longer earns it another priority than its configured ${configured}`
  return to < configured
    ? `a score of ${score}, at least ${earnsUp}, earns it a step up`
    : `a score of ${score}, below ${losesStep}, costs it a step`
}
