import type { ExecutionView, MeasuredOutcome, PassKind, PassView } from '../../contract/orchestrator.ts'
import type { OrchestratorPolicy } from '../../config/policy.ts'
import type { Decided } from '../../domain/cycle/decision.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import type { JrName } from '../../domain/ids.ts'
import type { CycleSight, CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Leader } from '../cluster/leader.ts'
import type { CycleRecord } from './cycle-record.ts'
import { within } from './deadline.ts'
import { execute, type ExecuteDeps } from './execute.ts'
import type { TellHealth } from './health-news.ts'
import { finishOpenIntents } from './open-intents.ts'
import type { Rulebook } from './rulebook.ts'

/** One look at everything. */
export type Monitor = () => Promise<{ snapshot: Snapshot; sight: CycleSight }>

export interface PassDeps extends ExecuteDeps {
  store: Pick<CycleStore, 'act' | 'settle' | 'intend' | 'openIntents' | 'measured'>
  monitor: Monitor
  leader: Pick<Leader, 'accepted'>
  policy(): OrchestratorPolicy
  rulebook(): Rulebook
  /** Jrs that state what they accept. */
  choosy(): Promise<ReadonlySet<JrName>>
  record: CycleRecord
  tellHealth: TellHealth
}

/** Of the look, and of each question beside it; its statements have shorter timeouts of their own. */
const lookMs = 30_000

/** A pass whose work is cut short by a failure: what was done of it is told all the same. */
export interface Passed {
  view: PassView
  /** What kept decisions open; null: nothing. */
  failure: unknown
}

export interface PassOrder {
  number: number
  /** Null: it is due. */
  askedBy: string | null
  /** Whether it goes on after its look, which tells how the switch stands. */
  mayGoOn(sight: CycleSight): boolean
}

/**
 * One pass: monitor → decide → intend → act → ledger. What was left open is ended first; what was done a while ago is measured by
 * this pass's snapshot.
 * @throws whatever the look failed with
 */
export async function runPass(
  deps: PassDeps,
  mandate: Mandate,
  order: PassOrder,
): Promise<Passed | 'deposed' | 'off'> {
  const { clock, record } = deps
  const { number, askedBy } = order
  const [beganMs, at] = [clock.monotonicMs(), clock.wallMs()]
  const isObserving = deps.policy().mode === 'observe'
  const seen = await look(deps)
  if (!order.mayGoOn(seen.sight)) return 'off'
  const finished = await finishOpen(deps, mandate, seen, !isObserving)
  if (finished === null) return deposed(deps, mandate)
  const { snapshot, sight, executions } = finished
  const outcomes = await measure(deps, mandate, snapshot, sight)
  if (outcomes === null) return deposed(deps, mandate)
  const decided = await judge(deps, snapshot, sight, (nth) => `${mandate.term}-${number}-${nth}`)
  let { failure } = finished
  if (decided.decisions.length > 0 && failure === null) {
    const intents = decided.decisions.map((decision) => ({
      decision,
      cooldownMs: deps.rulebook().cooldownMs(decision.rule),
    }))
    const intended = await deps.store.intend(mandate, intents, isObserving)
    if (!intended.led) return deposed(deps, mandate)
    record.started(number, decided.decisions, snapshot)
    for (const execution of executions) record.executed(number, execution)
    const done = isObserving ? observed(deps, decided, number) : await actAll(deps, mandate, decided, number)
    if (done === null) return deposed(deps, mandate)
    executions.push(...done.executions)
    failure = done.failure
  } else for (const execution of executions) record.executed(number, execution)
  const view: PassView = {
    number,
    at,
    askedBy,
    snapshot,
    executions,
    outcomes,
    kind: kindOf(executions),
    durationMs: clock.monotonicMs() - beganMs,
    succeeded: executions.filter(({ state }) => state === 'executed').length,
    failed: executions.filter(({ state }) => state === 'failed' || state === 'open').length,
    verdicts: decided.verdicts,
  }
  if (view.kind === 'idle') record.idle(view, snapshot.system)
  else record.completed(view, executions, snapshot.system)
  await deps.tellHealth(mandate, snapshot.system)
  return { view, failure }
}

/** What a pass would do now; on any node, and whether or not the cycle is on. Nothing is changed, not even on record. */
export async function previewPass(
  deps: Pick<PassDeps, 'monitor' | 'rulebook' | 'choosy' | 'clock'>,
  askedBy: string,
): Promise<PassView> {
  const { clock } = deps
  const [beganMs, at] = [clock.monotonicMs(), clock.wallMs()]
  const { snapshot, sight } = await look(deps)
  const { decisions, verdicts } = await judge(deps, snapshot, sight, (nth) => `preview-${nth}`)
  return {
    number: 0,
    kind: 'dry_run',
    at,
    askedBy,
    succeeded: 0,
    failed: 0,
    snapshot,
    verdicts,
    outcomes: [],
    durationMs: clock.monotonicMs() - beganMs,
    executions: decisions.map((decision) => ({ decision, state: 'planned', result: null, error: null })),
  }
}

function look({ clock, monitor }: Pick<PassDeps, 'clock' | 'monitor'>): ReturnType<Monitor> {
  return within(clock, lookMs, 'looking at queue and fleet', monitor)
}

type Seen = Awaited<ReturnType<Monitor>>

/** What was left open; after it what was seen before is no longer so. Null: deposed. */
async function finishOpen(
  deps: PassDeps,
  mandate: Mandate,
  seen: Seen,
  mayAct: boolean,
): Promise<(Seen & { executions: ExecutionView[]; failure: unknown }) | null> {
  if (seen.sight.openIntents === 0) return { ...seen, executions: [], failure: null }
  const ended = await finishOpenIntents(deps, mandate, { mayAct, nowMs: seen.snapshot.takenAt })
  return ended === null ? null : { ...(await look(deps)), ...ended }
}

async function judge(
  deps: Pick<PassDeps, 'rulebook' | 'choosy' | 'clock'>,
  snapshot: Snapshot,
  sight: CycleSight,
  idOf: (nth: number) => string,
): Promise<Decided> {
  // Only what waits can be moved.
  const choosy =
    snapshot.jobs.waiting === 0
      ? new Set<JrName>()
      : await within(deps.clock, lookMs, 'asking what Jrs accept', () => deps.choosy())
  return deps.rulebook().decide(snapshot, { rests: sight.rests }, { idOf, choosy })
}

/** Whether what was done has helped. */
async function measure(
  deps: PassDeps,
  mandate: Mandate,
  snapshot: Snapshot,
  { unmeasured }: CycleSight,
): Promise<MeasuredOutcome[] | null> {
  const book = deps.rulebook()
  const outcomes = unmeasured.map(({ decision: { id, rule } }) => ({
    id,
    rule,
    outcome: book.measure(rule, snapshot),
  }))
  if (outcomes.length === 0) return []
  const noted = await deps.store.measured(mandate, outcomes)
  if (!noted.led) return null
  deps.record.measured(outcomes)
  return outcomes
}

function observed(
  { record }: PassDeps,
  { decisions }: Decided,
  pass: number,
): { executions: ExecutionView[]; failure: unknown } {
  const executions = decisions.map((decision): ExecutionView => ({
    decision,
    state: 'observed',
    result: null,
    error: null,
  }))
  for (const execution of executions) record.executed(pass, execution)
  return { executions, failure: null }
}

/** By priority; the first failure that passes leaves the rest open. */
async function actAll(
  deps: PassDeps,
  mandate: Mandate,
  { decisions }: Decided,
  pass: number,
): Promise<{ executions: ExecutionView[]; failure: unknown } | null> {
  const executions: ExecutionView[] = []
  for (const decision of decisions) {
    const done = await execute(deps, mandate, decision)
    if (done === 'deposed') return null
    executions.push(done.execution)
    deps.record.executed(pass, done.execution)
    if (done.kind === 'away') return { executions, failure: done.error }
  }
  return { executions, failure: null }
}

/** Tells the leader what a write was told. */
function deposed({ leader }: PassDeps, mandate: Mandate): 'deposed' {
  leader.accepted(mandate, { led: false })
  return 'deposed'
}

function kindOf(executions: readonly ExecutionView[]): PassKind {
  if (executions.length === 0) return 'idle'
  return executions.every(({ state }) => state === 'observed') ? 'observed' : 'acted'
}
