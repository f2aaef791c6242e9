/** What becomes of a time that comes while as many runs of its worker are on as may be. */
export const overlapPolicies = ['skip', 'queue'] as const
export type OverlapPolicy = (typeof overlapPolicies)[number]

export interface AdmissionFacts {
  /** Runs of the worker that are at work or wait, for a place or for another try. */
  on: number
  maxConcurrent: number
  overlap: OverlapPolicy
  /** It makes up for a time that was missed: it is wanted although others are on. */
  catchingUp: boolean
  /** Runs of all workers that wait. */
  waiting: number
  queueMax: number
}

/** Why a run is not taken into the queue; null: it is. The queue's bound holds for everybody. */
export function refusal(facts: AdmissionFacts): string | null {
  const { on, maxConcurrent, overlap, catchingUp, waiting, queueMax } = facts
  if (waiting >= queueMax) return `${waiting} runs wait already (supervisor.run_queue = ${queueMax})`
  if (overlap === 'skip' && !catchingUp && on >= maxConcurrent) {
    return `${on === 1 ? 'one is' : `${on} are`} on already (max_concurrent = ${maxConcurrent}, overlap = "skip")`
  }
  return null
}
