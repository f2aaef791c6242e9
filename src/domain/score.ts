/** What a score is made of; times are milliseconds. */
export interface ScoreFacts {
  /** Of the last 1,000 executions. */
  successes: number
  failures: number
  /** The newest successful executions (at most 100, at most half of all) … */
  recent: Sample
  /** … and those before them: the worker's own past. */
  past: Sample
  /** Of the last day. */
  restarts: number
}

export interface Sample {
  count: number
  medianMs: number
}

/** A worker's performance, 0–100, and the parts that it is the sum of. */
export interface Score {
  /** To one decimal. */
  total: number
  success: number
  latency: number
  calm: number
}

/** What each part is worth. */
export const scoreWeights = { success: 60, latency: 25, calm: 15 } as const
/** So many successes are taken for granted at the beginning, so that one early failure is not the end. */
const benefitOfDoubt = 5
/** With fewer samples on either side than these, latency weighs less, down to not at all. */
const samplesForLatency = 20
/** So many restarts a day halve the last part. */
const restartsForHalf = 10

/**
 * - success, 60: `(successes + 5) / (successes + failures + 5)`.
 * - latency, 25: the past's median over the recent one when it is slower now, else 1; weighed down when there are less than
 *   20 samples on a side. Each worker is compared with itself alone: a slow trade is not a bad one.
 * - calm, 15: `10 / (10 + restarts of the last day)`.
 *
 * More successes, a slower past: never a lower score. More failures, slower executions, more restarts: never a higher one.
 */
export function scoreOf(facts: ScoreFacts): Score {
  const success = scoreWeights.success * successPart(facts)
  const latency = scoreWeights.latency * latencyPart(facts)
  const calm = (scoreWeights.calm * restartsForHalf) / (restartsForHalf + facts.restarts)
  return {
    total: oneDecimal(success + latency + calm),
    success: oneDecimal(success),
    latency: oneDecimal(latency),
    calm: oneDecimal(calm),
  }
}

function successPart({ successes, failures }: ScoreFacts): number {
  return (successes + benefitOfDoubt) / (successes + failures + benefitOfDoubt)
}

function latencyPart({ recent, past }: ScoreFacts): number {
  const certainty = Math.min(1, recent.count / samplesForLatency, past.count / samplesForLatency)
  // A median of nothing measurable has no ratio to anything: below a millisecond nobody is slow.
  const speed = Math.min(1, Math.max(1, past.medianMs) / Math.max(1, recent.medianMs))
  return 1 - certainty * (1 - speed)
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}
