import type { WorkerFigures } from './metrics/worker-record.ts'
import type { PriorityProposal } from './score-priorities.ts'

/** What a night found and did; plain JSON, the data of `nightly.report`. */
export interface NightReport {
  /** The night's own time, epoch milliseconds. */
  due: number
  durationMs: number
  /** The lowest scores first, at most `workersTold`; those without one last. */
  workers: WorkerRating[]
  proposals: PriorityProposal[]
  /** How many of them are in force. */
  applied: number
  /** Of the last day. */
  pruned: { queueRows: number; ledgerEntries: number }
  /** Null: it failed. */
  state: StateUpkeepReport | null
  /** Null: another node leads, or it failed. */
  queue: RenewedStatistics | null
  /** What went wrong, each with its step. */
  problems: string[]
}

/** What became of the state file; bytes. */
export interface StateUpkeepReport {
  sizeBefore: number
  sizeAfter: number
  /** Left free within the file: given back in the next nights, or used again. */
  free: number
}

/** Tables whose statistics were renewed, and those that were passed over. */
export interface RenewedStatistics {
  renewed: string[]
  skipped: { table: string; reason: string }[]
}

export interface WorkerRating extends Pick<
  WorkerFigures,
  'successes' | 'failures' | 'restartsOfDay' | 'score'
> {
  name: string
  p50: number | null
  p95: number | null
  p99: number | null
  avgDurationMs: number | null
}

/** An entry of the ledger stays a page: of a larger fleet the weakest are told. */
const workersTold = 100

const nothing: WorkerFigures = {
  durations: null,
  successes: 0,
  failures: 0,
  restartsOfDay: 0,
  lastEndedAt: null,
  score: null,
}

export function ratingsOf(
  names: readonly string[],
  figuresOf: (name: string) => WorkerFigures | null,
): WorkerRating[] {
  return names
    .map((name) => ratingOf(name, figuresOf(name) ?? nothing))
    .sort(
      (one, other) => (one.score?.total ?? Infinity) - (other.score?.total ?? Infinity) || byName(one, other),
    )
    .slice(0, workersTold)
}

function byName(one: { name: string }, other: { name: string }): number {
  return Number(one.name > other.name) - Number(one.name < other.name)
}

function ratingOf(name: string, { durations, ...figures }: WorkerFigures): WorkerRating {
  const { successes, failures, restartsOfDay, score } = figures
  const { p50 = null, p95 = null, p99 = null, avgDurationMs = null } = durations ?? {}
  return { name, successes, failures, restartsOfDay, score, p50, p95, p99, avgDurationMs }
}

/** The report in one line. */
export function reportWords({ workers, proposals, applied, pruned, problems }: NightReport): string {
  const scores = workers.flatMap(({ score }) => (score === null ? [] : [score.total]))
  const parts = [
    scores.length === 0
      ? 'no worker has a score yet'
      : `scores of ${scores.length}: ${Math.min(...scores)} to ${Math.max(...scores)}`,
    ...(proposals.length === 0
      ? []
      : [`${proposals.length} priorities ${applied > 0 ? 'changed' : 'proposed'}`]),
    ...(pruned.queueRows + pruned.ledgerEntries === 0
      ? []
      : [`${pruned.queueRows} rows and ${pruned.ledgerEntries} ledger entries went by retention`]),
    ...(problems.length === 0 ? [] : [`not done: ${problems.join('; ')}`]),
  ]
  return `night: ${parts.join('; ')}`
}
