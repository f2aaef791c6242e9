import type { CycleView, OrchestratorLineView, PassSummary, PassView } from '../../contract/orchestrator.ts'
import type { OrchestratorPolicy } from '../../config/policy.ts'
import type { Health } from '../../domain/cycle/health.ts'
import type { Snapshot } from '../../domain/cycle/snapshot.ts'
import { messageOf } from '../../errors.ts'
import type { ClusterDuties } from '../../ports/cluster-duties.ts'
import type { CycleStore, CycleSwitch } from '../../ports/cycle-store.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Mandate } from '../../ports/leadership.ts'
import { createLeaderDuty, type LeaderDutyDeps } from '../cluster/leader-duty.ts'
import type { Duty } from '../duty.ts'
import { createBrokenRules } from './broken-rules.ts'
import { tellWhatWasDone } from './catch-up.ts'
import { createChoosyJrs } from './choosy-jrs.ts'
import { createCycleFigures } from './cycle-figures.ts'
import { createCycleRecord } from './cycle-record.ts'
import { within } from './deadline.ts'
import { createHealthNews, type TellHealth } from './health-news.ts'
import { type Monitor, previewPass, runPass } from './pass.ts'
import { type ReconciliationStep, reconcile } from './reconciliation.ts'
import { createCycleRetention } from './retention.ts'
import { createRulebook, type Rulebook } from './rulebook.ts'

/** The autonomous cycle (spec §7): while this node leads and the cluster's switch is on, a pass every interval and on events. */
export interface Cycle {
  /** To be started, and woken when this node comes to lead. */
  readonly duties: readonly Duty[]
  /** Something has happened that a pass may answer. */
  wake(): void
  /** A pass now, whether the switch is on or off. Null: another node leads. */
  runOnce(by: string): Promise<PassView | null>
  /** What a pass would do now; on any node. */
  preview(by: string): Promise<PassView>
  /** Everything that a pass would look at. */
  look(): Promise<Snapshot>
  /** Whoever looked, a pass or not. */
  tellHealth: TellHealth
  /** Turns the cluster's switch. */
  turn(enabled: boolean, by: string): Promise<{ changed: boolean }>
  /** Other rules, another interval. */
  setPolicy(policy: OrchestratorPolicy): Promise<void>
  policy(): OrchestratorPolicy
  view(): CycleView
  line(): OrchestratorLineView
  /** What is wrong with the rules, in plain words; of passes that are another node's, that one tells. */
  complaints(): string[]
}

export interface CycleDeps extends LeaderDutyDeps {
  policy: OrchestratorPolicy
  store: CycleStore
  duties: Pick<ClusterDuties, 'acceptances'>
  monitor: Monitor
  /** Asked for when a reconciliation is decided. */
  reconciliation(): readonly ReconciliationStep[]
  ledger: Ledger
}

/** Whatever happens, there is no pass sooner after another. */
const minGapMs = 1_000
/** Of the time that passes may take, so that a slow look is not all that the database does. */
const shareMax = 0.5
/** How often the switch of a cycle that is off is looked at; who turns it tells, if there is somebody to hear. */
const offEveryMs = 5_000
const switchMs = 10_000
const lastDecisionsMax = 3

interface Order {
  by: string
  done: (pass: PassView | null) => void
  failed: (error: unknown) => void
}

export function createCycle(deps: CycleDeps): Cycle {
  const { store, clock, ledger } = deps
  const logger = deps.logger.child({ part: 'orchestrator' })
  const record = createCycleRecord({ ledger, clock, logger })
  const tellHealth = createHealthNews({ store, ledger, logger })
  const figures = createCycleFigures()
  const choosy = createChoosyJrs(deps.duties, clock)
  const broken = createBrokenRules(logger)
  const state = { enabled: null as boolean | null, problem: null as string | null, isRunning: false }
  let policy = deps.policy
  let rulebook: Promise<Rulebook> | undefined
  let number = 0
  let term = 0
  let last: { pass: PassSummary; health: Health } | null = null
  let lastDecisions: OrchestratorLineView['lastDecisions'] = []
  let orders: Order[] = []

  const means = async () => {
    const book = await (rulebook ??= createRulebook(policy))
    return {
      ...deps,
      logger,
      record,
      tellHealth,
      policy: () => policy,
      rulebook: () => book,
      choosy,
      reconcile: mend,
    }
  }
  const mend = (mandate: Mandate) => reconcile(deps.reconciliation(), mandate, clock)
  const isOn = (turned: CycleSwitch | null): boolean => (state.enabled = turned?.enabled ?? policy.enabled)

  async function run(mandate: Mandate): Promise<number> {
    const beganMs = clock.monotonicMs()
    const asked = orders
    orders = []
    try {
      const passed = await passUnlessOff(mandate, asked[0]?.by ?? null)
      state.problem = null
      for (const { done } of asked) done(passed)
    } catch (error) {
      for (const { failed } of asked) failed(error)
      state.problem = messageOf(error)
      throw error
    }
    if (!state.isRunning) return Math.max(policy.intervalMs, offEveryMs)
    return Math.max(0, policy.intervalMs - (clock.monotonicMs() - beganMs))
  }

  async function passUnlessOff(mandate: Mandate, askedBy: string | null): Promise<PassView | null> {
    // While it is off, one small question is all that it costs.
    if (askedBy === null && state.enabled !== true) {
      const turned = await within(clock, switchMs, "reading the cycle's switch", () => store.readSwitch())
      if (!isOn(turned)) return runs(false, 'it is switched off')
    }
    return pass(mandate, askedBy)
  }

  async function pass(mandate: Mandate, askedBy: string | null): Promise<PassView | null> {
    number += 1
    try {
      if (mandate.term !== term) await tellWhatWasDone({ store, ledger, record })
      term = mandate.term
      const passed = await runPass(await means(), mandate, {
        number,
        askedBy,
        mayGoOn(sight) {
          if (isOn(sight.switch)) runs(true, `a pass every ${policy.intervalMs / 1000} s`)
          return state.enabled === true || askedBy !== null
        },
      })
      if (passed === 'off') return runs(false, 'it is switched off')
      if (passed === 'deposed') return runs(false, 'another node leads')
      keep(passed.view)
      if (passed.failure !== null) throw passed.failure
      return passed.view
    } catch (error) {
      figures.failed()
      record.failed(number, error)
      throw error
    }
  }

  /** Tells once that passes begin or end. */
  function runs(isRunning: boolean, why: string): null {
    if (state.isRunning !== isRunning) record.running(isRunning, why)
    state.isRunning = isRunning
    return null
  }

  function keep(view: PassView): void {
    const { snapshot, verdicts, executions, outcomes: _outcomes, ...summary } = view
    broken.judged(verdicts)
    const { score, status, deductions } = snapshot.system
    last = { pass: summary, health: { score, status, deductions } }
    figures.passed(view)
    const made = executions.map(({ decision: { rule, action }, state: became }) => ({
      rule,
      action,
      state: became,
      at: view.at,
    }))
    lastDecisions = [...made, ...lastDecisions].slice(0, lastDecisionsMax)
  }

  const duty = createLeaderDuty(
    {
      name: 'the autonomous cycle',
      get everyMs() {
        return Math.max(policy.intervalMs, offEveryMs)
      },
      get minGapMs() {
        return Math.min(policy.intervalMs, minGapMs)
      },
      shareMax,
      run,
    },
    { ...deps, logger },
  )
  const leads = (): boolean => deps.leader.mandate() !== null

  return {
    duties: [
      {
        ...duty,
        async stop() {
          await duty.stop()
          runs(false, 'the daemon stops')
        },
      },
      createCycleRetention({ ...deps, logger }),
    ],
    wake: () => duty.wake(),

    async runOnce(by) {
      if (!leads()) return null
      const answer = Promise.withResolvers<PassView | null>()
      const order: Order = { by, done: answer.resolve, failed: answer.reject }
      orders.push(order)
      await duty.runNow()
      // No pass took it along: this node led no more.
      if (orders.includes(order)) {
        orders = orders.filter((other) => other !== order)
        order.done(null)
      }
      return answer.promise
    },
    preview: async (by) => previewPass(await means(), by),
    look: async () => (await deps.monitor()).snapshot,
    tellHealth,

    async turn(enabled, by) {
      const before = (await store.readSwitch())?.enabled ?? policy.enabled
      await store.setEnabled(enabled, by)
      const changed = before !== enabled
      if (changed) record.switched(enabled, by, policy.intervalMs)
      state.enabled = null
      duty.wake()
      return { changed }
    },

    async setPolicy(next) {
      // A rule that cannot be compiled is refused before anything is changed.
      const book = await createRulebook(next)
      policy = next
      rulebook = Promise.resolve(book)
      broken.changed()
      duty.wake()
    },
    policy: () => policy,

    view: () => ({
      enabled: state.enabled,
      mode: policy.mode,
      intervalMs: policy.intervalMs,
      leads: leads(),
      ...figures.view(),
      lastPass: last?.pass ?? null,
      health: last?.health ?? null,
      problem: state.problem,
      broken: leads() ? broken.view() : [],
    }),
    complaints: () => (leads() ? broken.complaints() : []),
    line: () => ({
      enabled: state.enabled,
      mode: policy.mode,
      leads: leads(),
      health: last === null ? null : healthLine(last.health),
      lastPass: last?.pass ?? null,
      lastDecisions,
      problem: state.problem,
    }),
  }
}

function healthLine({ score, status, deductions }: Health): OrchestratorLineView['health'] {
  return { score, status, reasons: deductions.map(({ reason }) => reason) }
}
