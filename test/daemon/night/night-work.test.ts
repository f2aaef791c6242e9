import { beforeEach, describe, expect, it } from 'vitest'
import { createAdaptedPriorities } from '../../../src/daemon/night/adapted-priorities.ts'
import { type NightWorkDeps, workNight } from '../../../src/daemon/night/night-work.ts'
import type { WorkerFigures } from '../../../src/domain/metrics/worker-record.ts'
import type { NightReport } from '../../../src/domain/night-report.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeDatabaseUpkeep } from '../../fakes/database-upkeep.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import { worker } from '../../supervisor/setup.ts'
import { policyOf } from '../policy.ts'

const clock = fakeClock()

function figures(total: number): WorkerFigures {
  return {
    durations: { p50: 1, p95: 2, p99: 3, avgDurationMs: 1 },
    successes: 100,
    failures: 0,
    restartsOfDay: 0,
    lastEndedAt: 1,
    score: { total, success: 60, latency: 25, calm: 15 },
  }
}

describe("a night's work", () => {
  let ledger: FakeLedger
  let applied: number
  let store: ReturnType<typeof fakeStateStore>

  beforeEach(() => {
    ledger = fakeLedger(clock)
    store = fakeStateStore()
    applied = 0
  })

  const workers = [
    worker({ name: 'good', priority: 3 }),
    worker({ name: 'bad', priority: 2 }),
    worker({ name: 'new' }),
  ]

  function deps(more: Partial<NightWorkDeps> = {}, mode: 'propose' | 'apply' = 'propose'): NightWorkDeps {
    const policy = { ...policyOf().nightly, adaptivePriorities: mode }
    return {
      policy,
      configured: () => workers,
      metrics: { of: (name) => (name === 'new' ? null : figures(name === 'good' ? 99 : 20)) },
      priorities: createAdaptedPriorities({ store, policy }),
      applied: async () => void (applied += 1),
      pruneLedger: async () => {},
      stateUpkeep: fakeDatabaseUpkeep().state,
      queueStatistics: fakeDatabaseUpkeep().statistics,
      leads: () => true,
      ledger,
      clock,
      logger: fakeLogger(),
      ...more,
    }
  }

  const report = () => ledger.read({ type: 'nightly.report', limit: 1 })[0]?.data as unknown as NightReport
  const types = () => ledger.entries.map(({ eventType }) => eventType)

  it('ends in a report with the weakest first', async () => {
    await workNight(123, deps())
    expect(report()).toMatchObject({ due: 123, problems: [], queue: { renewed: ['jr_work_queue'] } })
    expect(report().workers.map(({ name, score }) => [name, score?.total ?? null])).toEqual([
      ['bad', 20],
      ['good', 99],
      ['new', null],
    ])
  })

  it('proposes priorities, and leaves them alone', async () => {
    await workNight(0, deps())
    expect(types()).toEqual(['priority.proposed', 'priority.proposed', 'nightly.report'])
    expect(ledger.entries.map(({ message }) => message)).toContain(
      'bad: priority 2 should become 3: a score of 20, below 50, costs it a step',
    )
    expect([applied, report().applied]).toEqual([0, 0])
  })

  it('applies them where that is said, once, and keeps them across a restart', async () => {
    const first = deps({}, 'apply')
    await workNight(0, first)
    expect(types()).toEqual(['priority.changed', 'priority.changed', 'nightly.report'])
    expect(applied).toBe(1)
    const next = deps({}, 'apply')
    expect(next.priorities.onto(workers).map(({ priority }) => priority)).toEqual([2, 3, 3])
    await workNight(1, next)
    expect(applied).toBe(1)
    expect(report().proposals).toEqual([])
  })

  it('undoes them when somebody configures another priority, or says propose', async () => {
    await workNight(0, deps({}, 'apply'))
    expect(deps().priorities.onto(workers)).toEqual(workers)
    const again = deps({}, 'apply')
    const decided = [worker({ name: 'good', priority: 1 }), worker({ name: 'bad', priority: 2 })]
    expect(again.priorities.onto(decided).map(({ priority }) => priority)).toEqual([1, 3])
    expect(again.priorities.of('good')).toBeNull()
  })

  it('leaves the shared queue to the leader', async () => {
    await workNight(0, deps({ leads: () => false }))
    expect(report().queue).toBeNull()
    expect(report().problems).toEqual([])
  })

  it('goes on when a step fails, and says which', async () => {
    const broken = { run: () => Promise.reject(new Error('the disk is full')) }
    await workNight(0, deps({ stateUpkeep: broken }))
    expect(report()).toMatchObject({ state: null, queue: { renewed: ['jr_work_queue'] } })
    expect(report().problems).toEqual(['the local state: the disk is full'])
    expect(ledger.entries.at(-1)).toMatchObject({ eventType: 'nightly.report', level: 'warn' })
  })

  it('adds up what retention took away since the last night', async () => {
    const gone = (deleted: number) =>
      ledger.note({
        eventType: 'retention.pruned',
        level: 'info',
        actor: 'retention',
        message: '',
        data: { deleted },
      })
    gone(500)
    gone(20)
    await workNight(0, deps())
    expect(report().pruned).toEqual({ queueRows: 520, ledgerEntries: 0 })
  })
})
