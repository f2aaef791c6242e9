import type { NightlyPolicy, WorkerDefinition } from '../../config/policy.ts'
import { type NightReport, ratingsOf, reportWords } from '../../domain/night-report.ts'
import { type PriorityProposal, proposePriorities } from '../../domain/score-priorities.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { QueueStatistics, StateUpkeep } from '../../ports/database-upkeep.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { AdaptedPriorities } from './adapted-priorities.ts'
import type { Metrics } from '../metrics/metrics.ts'

export interface NightWorkDeps {
  policy: NightlyPolicy
  /** As the configuration says now. */
  configured(): readonly WorkerDefinition[]
  metrics: Pick<Metrics, 'of'>
  priorities: AdaptedPriorities
  /** Puts the priorities that were adapted into force. */
  applied(): Promise<void>
  /** Takes out of the ledger what its retention no longer keeps. */
  pruneLedger(): Promise<void>
  stateUpkeep: StateUpkeep
  queueStatistics: QueueStatistics
  leads(): boolean
  ledger: Ledger
  clock: Clock
  logger: Logger
}

/** What retention tells in a day is bounded: a walk an hour for each of a few tables. */
const pruningsMax = 1_000
const dayMs = 86_400_000

/**
 * One night: scores, proposals for priorities, retention, upkeep of the databases, and a report of it all in the ledger. Each
 * step may fail; the report says so, and the next one still runs. What concerns the shared queue only the leader does.
 */
export async function workNight(due: number, deps: NightWorkDeps): Promise<void> {
  const { ledger, clock } = deps
  const logger = deps.logger.child({ part: 'nightly' })
  const startedMs = clock.monotonicMs()
  const problems: string[] = []

  async function step<Result>(name: string, action: () => Promise<Result>): Promise<Result | null> {
    try {
      return await action()
    } catch (error) {
      problems.push(`${name}: ${messageOf(error)}`)
      return null
    }
  }

  const configured = deps.configured()
  const ratings = ratingsOf(
    configured.map(({ name }) => name),
    (name) => deps.metrics.of(name),
  )
  const proposals = proposePriorities(
    configured.map(({ name, priority }) => ({
      name,
      configured: priority,
      inForce: deps.priorities.of(name) ?? priority,
      figures: deps.metrics.of(name) ?? { successes: 0, failures: 0, score: null },
    })),
  )
  const applied = (await step('priorities', () => adapt(proposals, deps))) ?? 0
  await step('the ledger', () => deps.pruneLedger())
  const state = await step('the local state', () => deps.stateUpkeep.run())
  const queue = deps.leads() ? await step('the queue', () => deps.queueStatistics.renew()) : null
  const report: NightReport = {
    due,
    durationMs: clock.monotonicMs() - startedMs,
    workers: ratings,
    proposals,
    applied,
    pruned: prunedOfDay(deps),
    state,
    queue,
    problems,
  }
  const message = reportWords(report)
  const level = problems.length === 0 ? 'info' : 'warn'
  logger[level]({ problems }, message)
  ledger.note({
    eventType: 'nightly.report',
    level,
    actor: 'nightly',
    message,
    data: report as unknown as { [key: string]: Json },
  })
}

/** Answers how many priorities are in force now that were not before. */
async function adapt(proposals: readonly PriorityProposal[], deps: NightWorkDeps): Promise<number> {
  const isApplied = deps.policy.adaptivePriorities === 'apply'
  for (const { name, from, to, reason } of proposals) {
    deps.ledger.note({
      eventType: isApplied ? 'priority.changed' : 'priority.proposed',
      level: 'info',
      actor: 'nightly',
      worker: name,
      message: `${name}: priority ${from} ${isApplied ? 'became' : 'should become'} ${to}: ${reason}`,
      data: { from, to, reason },
    })
  }
  if (!isApplied || proposals.length === 0) return 0
  deps.priorities.adapt(proposals, deps.configured())
  await deps.applied()
  return proposals.length
}

/** Rows and entries that retention took away since the last night, as it noted them itself. */
function prunedOfDay({ ledger, clock }: NightWorkDeps): NightReport['pruned'] {
  const since = clock.wallMs() - dayMs
  const sum = (type: string, key: string): number =>
    ledger
      .read({ type, since, limit: pruningsMax })
      .reduce((total, { data }) => total + (typeof data?.[key] === 'number' ? data[key] : 0), 0)
  return { queueRows: sum('retention.pruned', 'deleted'), ledgerEntries: sum('ledger.pruned', 'pruned') }
}
