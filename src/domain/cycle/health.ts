import { duration } from '../duration-words.ts'

export const healthStatuses = ['healthy', 'degraded', 'critical'] as const
export type HealthStatus = (typeof healthStatuses)[number]

export function isHealthStatus(text: string): text is HealthStatus {
  return (healthStatuses as readonly string[]).includes(text)
}

/** How well the fleet is (spec §7), with the reason for each point that is missing. */
export interface Health {
  /** 0–100. */
  score: number
  status: HealthStatus
  deductions: Deduction[]
}

export interface Deduction {
  /** Stable, for programs. */
  kind: DeductionKind
  points: number
  /** Plain words with the figures. */
  reason: string
}

export const deductionKinds = ['queue_saturated', 'oldest_waiting', 'failures', 'ledger_errors'] as const
export type DeductionKind = (typeof deductionKinds)[number]

/** What health is judged by; a part of every snapshot. */
export interface HealthFigures {
  jobs: { waiting: number; oldestWaitingMs: number | null; failures1h: number }
  ledger: { errors1h: number }
}

interface DeductionRule {
  points(figures: HealthFigures): number
  reason(figures: HealthFigures): string
}

/** Spec §7. */
export const healthLimits = {
  waiting: 50,
  oldestWaitingMs: 30 * 60_000,
  /** The least score of each. */
  healthy: 80,
  degraded: 50,
} as const

const perLedgerError = 5

/** What takes points off a hundred, in the order in which it is told. */
const deductionRules: Readonly<Record<DeductionKind, DeductionRule>> = {
  queue_saturated: {
    points: ({ jobs }) => (jobs.waiting > healthLimits.waiting ? 20 : 0),
    reason: ({ jobs }) => `${jobs.waiting} tasks wait, more than ${healthLimits.waiting}`,
  },
  oldest_waiting: {
    points: ({ jobs }) => ((jobs.oldestWaitingMs ?? 0) > healthLimits.oldestWaitingMs ? 15 : 0),
    reason: ({ jobs }) =>
      `the oldest has waited for ${duration(jobs.oldestWaitingMs ?? 0)}, longer than ${duration(healthLimits.oldestWaitingMs)}`,
  },
  failures: {
    points: ({ jobs }) => (jobs.failures1h > 0 ? 10 : 0),
    reason: ({ jobs }) => `${counted(jobs.failures1h, 'failure')} within the last hour`,
  },
  ledger_errors: {
    points: ({ ledger }) => perLedgerError * ledger.errors1h,
    reason: ({ ledger }) =>
      `${counted(ledger.errors1h, 'error')} in the ledger within the last hour, ${perLedgerError} points each`,
  },
}

/** Total. Every deduction is listed in full, although the score never falls below 0. */
export function healthOf(figures: HealthFigures): Health {
  const deductions = deductionKinds
    .map((kind) => ({
      kind,
      points: deductionRules[kind].points(figures),
      reason: deductionRules[kind].reason(figures),
    }))
    .filter(({ points }) => points > 0)
  const taken = deductions.reduce((sum, { points }) => sum + points, 0)
  const score = Math.max(0, 100 - taken)
  return { score, status: statusOf(score), deductions }
}

export function statusOf(score: number): HealthStatus {
  if (score >= healthLimits.healthy) return 'healthy'
  return score >= healthLimits.degraded ? 'degraded' : 'critical'
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}
