export const healthStatuses = ['healthy', 'degraded', 'critical'] as const
export type HealthStatus = (typeof healthStatuses)[number]

/** How well the fleet is (spec §7), with the reason for each point that is missing. */
export interface Health {
  /** 0–100. */
  score: number
  status: HealthStatus
  deductions: Deduction[]
}

export interface Deduction {
  /** Stable, for programs: `queue_saturated`, `oldest_waiting`, `failures`, `ledger_errors`. */
  kind: string
  points: number
  /** Plain words with the figures. */
  reason: string
}
