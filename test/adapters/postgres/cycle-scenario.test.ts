import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCampaigns } from '../../../src/adapters/postgres/campaigns.ts'
import { createClusterDuties } from '../../../src/adapters/postgres/cluster-duties.ts'
import { createCycleStore } from '../../../src/adapters/postgres/cycle-store.ts'
import { createLeadership } from '../../../src/adapters/postgres/leadership.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import type { PassView } from '../../../src/contract/orchestrator.ts'
import { createCycle, type Cycle } from '../../../src/daemon/cycle/cycle.ts'
import { createLedgerErrors } from '../../../src/daemon/cycle/ledger-errors.ts'
import { createMonitor } from '../../../src/daemon/cycle/monitor.ts'
import { periodsMs } from '../../../src/domain/cycle/rules/periods.ts'
import { windowViews, type ChannelWindow } from '../../../src/domain/cycle/windows.ts'
import { instanceId, jrName, nodeId, type JrName, type TaskId } from '../../../src/domain/ids.ts'
import type { Task } from '../../../src/domain/task.ts'
import { compileWindows } from '../../../src/expressions/window.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import type { NewTask } from '../../../src/ports/task-queue.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { policyOf } from '../../daemon/policy.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'
import { shiftPast } from './support/shift-past.ts'

const minute = 60_000
const hour = 60 * minute
const offlineAfterMs = 5 * minute
const [ada, bob] = [jrName('Ada Jr.'), jrName('Bob Jr.')]
const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** One fleet's day, step by step: each test goes on where the one before it ended. */
describe('a fleet in trouble, and how the cycle gets it through', () => {
  let database: QueueDatabase
  let clock: FakeClock
  let ledger: FakeLedger
  let cycle: Cycle
  let mandate: Mandate
  let windows: ChannelWindow[] = []
  const living = new Set<JrName>([ada, bob])
  let deliveries: TaskId[] = []
  let errors: { lastHour(): number; stop(): void }

  const queue = () => createTaskQueue(database.db)
  const task = async (id: TaskId): Promise<Task> => {
    const found = await queue().get(id)
    if (found === null) throw new Error(`task ${id} is gone`)
    return found.task
  }
  const add = (...tasks: Partial<NewTask>[]) =>
    queue().add(
      tasks.map((one) => Object.assign({ title: 'a task' }, one)),
      'tester',
    )

  beforeAll(async () => {
    database = await queueDatabase()
    clock = fakeClock({ wallMs: Date.now() })
    ledger = fakeLedger(clock)
    const { db } = database
    const nodes = createNodes(db)
    const member = await nodes.join({ nodeId: nodeId('node-1'), host: 'machine', version: '1' })
    const campaign = await createLeadership(db).campaign(member, 100 * 24 * hour)
    if (campaign.kind !== 'leading') throw new Error('another node leads')
    mandate = campaign.mandate
    const store = createCycleStore(db, { offlineAfterMs })
    errors = createLedgerErrors(ledger, clock)
    cycle = createCycle({
      policy: { ...policyOf().orchestrator, enabled: true, emergencyDeadLetter: true },
      store,
      duties: createClusterDuties(db),
      monitor: createMonitor({
        store,
        nodeId: member.nodeId,
        question: () => ({ offlineAfterMs, periodsMs }),
        windows: (nowMs) => windowViews(windows, nowMs),
        ledgerErrors: () => errors.lastHour(),
        failuresInARow: () => 0,
        workers: () => [],
        capacity: () => ({ mode: 'lend', unit: 'request', waiting: 0, inFlight: 0, ratePerMinute: 100 }),
        positions: () => 0,
        daemon: () => ({ uptimeMs: 0, rssBytes: 0, heapPercent: 0, degraded: [] }),
      }),
      reconciliation: () => [
        {
          name: 'counts',
          async run(under) {
            const counted = await store.recount(under)
            return counted.led && counted.result.mended > 0 ? `${counted.result.mended} mended` : null
          },
        },
      ],
      leader: { mandate: () => mandate, accepted: (_, done) => (done.led ? done.result : null) },
      database: { up: true, lastError: null, settled() {} },
      ledger,
      clock,
      logger: fakeLogger(),
    })
    await beat()
  })
  afterAll(async () => {
    errors.stop()
    expect(clock.pending).toBe(0)
    await database.dispose()
  })

  async function beat(): Promise<void> {
    for (const name of living)
      await queue().beat({
        instanceId: instanceId(name),
        jrNames: [name],
        nodeId: nodeId('node-1'),
        pid: 1,
        load: 0,
      })
  }
  /** Time passes for the database's rows and for the daemon; whoever lives is seen. */
  async function later(ms: number): Promise<void> {
    await shiftPast(database.db, ms)
    await clock.advance(ms)
    await beat()
  }
  async function pass(): Promise<PassView> {
    const made = await cycle.runOnce('the story')
    if (made === null) throw new Error('nobody leads')
    return made
  }
  /** The rules that acted, in their order. */
  const acted = ({ executions }: PassView) => executions.map(({ decision }) => decision.rule)
  const reasonOf = ({ executions }: PassView, rule: string) =>
    executions.find(({ decision }) => decision.rule === rule)?.decision.reason
  const changedBy = ({ executions }: PassView, rule: string): readonly TaskId[] =>
    executions.find(({ decision }) => decision.rule === rule)?.result?.changed ?? []
  const outcomeOf = ({ outcomes }: PassView, rule: string) =>
    outcomes.find((measured) => measured.rule === rule)?.outcome
  /** A window around now; `from` and `to` are hours from it. */
  function open(channel: string, from: number, to: number): void {
    const at = (hours: number) => new Date(Date.now() + hours * hour).toISOString().slice(11, 16)
    windows = [
      ...windows.filter((window) => window.channel !== channel),
      ...compileWindows([
        { channel, from: at(from), to: at(to), days: everyDay, timezone: 'UTC', strict: false },
      ]),
    ]
  }
  async function fail(name: JrName, kind: 'attempt' | 'final'): Promise<TaskId> {
    const [claimed] = await queue().claim({
      jrNames: [name],
      acceptUnassigned: false,
      instanceId: instanceId(name),
      nodeId: nodeId('node-1'),
      leaseMs: minute,
      keyHashes: [`key ${clock.wallMs()} ${kind}`],
    })
    if (claimed === undefined) throw new Error('nothing to claim')
    await queue().fail(claimed.lease, { kind, error: 'the model said no' })
    return claimed.task.id
  }
  const finishAll = () =>
    database.db
      .query(`update jr_work_queue set status = 'completed', completed_at = now(), scheduled_at = null
      where status in ('pending', 'assigned', 'scheduled', 'retry', 'failed')`)

  it('is at rest while there is nothing to do', async () => {
    const first = await pass()
    expect(first).toMatchObject({ kind: 'idle', snapshot: { system: { score: 100, status: 'healthy' } } })
    expect(ledger.entries.map(({ eventType }) => eventType)).toEqual(['orchestrator.cycle_idle'])
  })

  it('moves work from a Jr whose line is too long', async () => {
    await add(...Array.from({ length: 60 }, () => ({ assignedJr: ada })))
    const made = await pass()
    expect(acted(made)).toEqual(['queue_saturated'])
    expect(reasonOf(made, 'queue_saturated')).toBe('60 tasks wait for a worker, more than 50')
    expect(made.snapshot.system).toMatchObject({
      score: 80,
      status: 'healthy',
      deductions: [{ kind: 'queue_saturated', points: 20 }],
    })
    const moved = changedBy(made, 'queue_saturated')
    expect(moved).toHaveLength(10)
    for (const id of moved) expect(await task(id)).toMatchObject({ assignedJr: bob, status: 'assigned' })
    // It rests.
    expect(acted(await pass())).toEqual([])
  })

  it('sees that this did not help, and takes the work of a Jr who died', async () => {
    living.delete(ada)
    await later(6 * minute)
    const made = await pass()
    expect(outcomeOf(made, 'queue_saturated')).toBe('persists')
    expect(made.snapshot.workers.lines).toMatchObject([
      { jrName: ada, online: false, waiting: 50 },
      { jrName: bob, online: true, waiting: 10 },
    ])
    expect(acted(made)).toEqual(['queue_saturated'])
    for (const id of changedBy(made, 'queue_saturated')) expect((await task(id)).assignedJr).toBe(bob)
  })

  it('brings high scores into the window of their channel, before all others once it is open', async () => {
    open('instagram', 2, 5)
    deliveries = await add(...[91, 92, 93, 94].map((score) => ({ channel: 'Instagram', score })))
    await later(2 * minute)
    const closed = await pass()
    expect(acted(closed)).toEqual(['queue_saturated', 'high_scores'])
    expect(closed.snapshot.scheduler).toMatchObject({
      open: [],
      windows: [{ channel: 'instagram', isOpen: false }],
    })
    expect(changedBy(closed, 'high_scores')).toEqual(deliveries)
    const { opensAt } = closed.snapshot.scheduler.windows[0] ?? {}
    for (const id of deliveries)
      expect(await task(id)).toMatchObject({ status: 'scheduled', scheduledAt: opensAt })

    open('instagram', -1, 3)
    await later(61 * minute)
    const opened = await pass()
    expect(opened.snapshot.scheduler.open).toEqual(['instagram'])
    expect(acted(opened)).toContain('high_scores_in_window')
    expect(changedBy(opened, 'high_scores_in_window')).toEqual(deliveries)
    for (const id of deliveries) expect(await task(id)).toMatchObject({ priority: 1, urgent: false })
  })

  it('lets nothing miss a window that closes', async () => {
    await queue().set(deliveries[0] as TaskId, { scheduledAt: Date.now() + 5 * hour }, 'tester')
    open('instagram', -2, 0.5)
    await later(61 * minute)
    const made = await pass()
    expect(made.snapshot.scheduler.closingSoon).toEqual(['instagram'])
    expect(acted(made)).toContain('window_closing')
    expect(changedBy(made, 'window_closing')).toContain(deliveries[0])
    expect(await task(deliveries[0] as TaskId)).toMatchObject({ status: 'pending', scheduledAt: null })
  })

  it('serves a campaign that starts', async () => {
    open('tiktok', -1, 3)
    const verdict = await createCampaigns(database.db).add({ name: 'Spring', budget: 500, status: 'active' })
    if (verdict.kind !== 'done') throw new Error(verdict.kind)
    const campaignId = verdict.campaign.id
    const [id] = (await add({ channel: 'tiktok', campaignId, scheduledAt: Date.now() + 6 * hour })) as [
      TaskId,
    ]
    await later(2 * minute)
    const made = await pass()
    expect(made.snapshot.campaigns).toMatchObject({ active: 1, list: [{ name: 'Spring', waiting: 1 }] })
    expect(acted(made)).toContain('campaign_active')
    expect(reasonOf(made, 'campaign_active')).toContain('Spring')
    expect(await task(id)).toMatchObject({ status: 'pending', scheduledAt: null })
  })

  it('runs what has waited too long, whoever’s line it stood in', async () => {
    await later(65 * minute)
    const made = await pass()
    expect(acted(made)).toContain('oldest_waiting')
    for (const id of changedBy(made, 'oldest_waiting')) {
      const forced = await task(id)
      expect(forced).toMatchObject({ priority: 1, sacredFirePriority: 8, urgent: false })
      // Nobody's, or of somebody who is there.
      expect([null, bob]).toContain(forced.assignedJr)
    }
  })

  it('tries again what failed in a burst', async () => {
    const dead = await fail(bob, 'final')
    const retried = await fail(bob, 'attempt')
    await later(2 * minute)
    const made = await pass()
    expect(made.snapshot.jobs.failures1h).toBeGreaterThanOrEqual(2)
    expect(acted(made)).toContain('recent_failures')
    expect(new Set(changedBy(made, 'recent_failures'))).toEqual(new Set([dead, retried]))
    expect(await task(retried)).toMatchObject({ status: 'assigned', scheduledAt: null, attempts: 1 })
    expect(await task(dead)).toMatchObject({ status: 'assigned', attempts: 0, error: null })
  })

  it('in an emergency gives up what nobody can do, after all that can be moved', async () => {
    // Nobody is there any more, and the daemon's own records are full of errors.
    living.clear()
    await later(3 * hour)
    for (let n = 0; n < 7; n += 1)
      ledger.note({ eventType: 'worker.disabled', level: 'error', actor: 'daemon', message: 'it fell again' })
    const made = await pass()
    expect(made.snapshot.system).toMatchObject({ status: 'critical' })
    expect(made.snapshot.system.deductions.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['queue_saturated', 'oldest_waiting', 'ledger_errors']),
    )
    expect(acted(made)[0]).toBe('health_critical')
    expect(acted(made)).toContain('ledger_errors')
    const priorities = made.executions.map(({ decision }) => decision.priority)
    expect(priorities).toEqual(priorities.toSorted((one, other) => other - one))
    const emergency = made.executions[0]
    expect(emergency?.result?.note).toMatch(/moved|dead-lettered/)
    const reconciled = made.executions.find(({ decision }) => decision.action === 'trigger_reconciliation')
    expect(reconciled?.result?.note).toBe('looked over counts; nothing was amiss')
    const types = ledger.entries.map(({ eventType }) => eventType)
    expect(types).toContain('system.health.critical')
    const given = await database.db.query<{ id: number; error: string }>(
      `select id, error from jr_work_queue where status = 'failed' and error like 'dead-lettered by the cycle%' order by id`,
    )
    expect(given.map(({ id }) => id)).toEqual(changedBy(made, 'health_critical'))
    expect(given).toHaveLength(10)
    for (const { error } of given) expect(error).toContain('(health_critical, decision ')
    // Its own dead letters are no failures to it, and stay for a person, who can replay them.
    await later(2 * minute)
    await pass()
    const [first] = given.map(({ id }) => id as TaskId)
    expect(await task(first as TaskId)).toMatchObject({ status: 'failed' })
    expect(await queue().retry(first as TaskId, 'cli:ada')).toMatchObject({ kind: 'done' })
  })

  it('finds the fleet well again, and knows which of its acts helped', async () => {
    await finishAll()
    living.add(ada).add(bob)
    await later(2 * hour)
    const made = await pass()
    expect(made.snapshot.system).toMatchObject({ score: 100, status: 'healthy' })
    expect(made.kind).toBe('idle')
    expect(made.outcomes.length).toBeGreaterThan(0)
    expect(outcomeOf(made, 'health_critical')).toBe('cleared')
    expect(outcomeOf(made, 'ledger_errors')).toBe('cleared')
    expect(ledger.entries.map(({ eventType }) => eventType)).toContain('system.health.healthy')
  })

  it('has all of it on record, in queue and ledger alike', async () => {
    const store = createCycleStore(database.db, { offlineAfterMs })
    const records = await store.decisions({ limit: 1_000 })
    expect(records.every(({ state, result }) => state === 'executed' && result !== null)).toBe(true)
    expect(records.toReversed().map(({ decision, outcome }) => `${decision.rule}: ${outcome}`)).toEqual([
      'queue_saturated: persists',
      'queue_saturated: persists',
      'queue_saturated: persists',
      'high_scores: persists',
      'queue_saturated: persists',
      'oldest_waiting: persists',
      'high_scores_in_window: cleared',
      'queue_saturated: persists',
      'oldest_waiting: persists',
      'window_closing: persists',
      'campaign_active: persists',
      'oldest_waiting: persists',
      'oldest_waiting: persists',
      'oldest_waiting: persists',
      'recent_failures: cleared',
      'health_critical: persists',
      'ledger_errors: persists',
      'health_critical: cleared',
      'ledger_errors: cleared',
    ])
    const executed = ledger.entries.filter(({ eventType }) => eventType === 'orchestrator.action_executed')
    expect(executed).toHaveLength(records.length)
    expect(new Set(executed.map(({ data }) => data?.['decision']))).toEqual(
      new Set(records.map(({ decision }) => decision.id)),
    )
    expect(executed.every(({ data }) => typeof data?.['reason'] === 'string')).toBe(true)
    expect((await ledger.verify()).ok).toBe(true)
    // Every change that the cycle made is signed by its rule.
    const actors = await database.db.query<{ actor: string }>(
      `select distinct actor from jr_events where actor like 'orchestrator:%' order by 1`,
    )
    const rules = new Set<string>(records.map(({ decision }) => decision.rule))
    for (const { actor } of actors) expect(rules).toContain(actor.replace('orchestrator:', ''))
    expect(actors.length).toBeGreaterThanOrEqual(6)
    expect(await store.openIntents()).toEqual([])
  })
})
