import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFigures, type Figures } from '../../src/daemon/figures.ts'
import type { WorkerDefinition } from '../../src/config/policy.ts'
import { WorkerRecord } from '../../src/domain/metrics/worker-record.ts'
import type { Json } from '../../src/domain/task.ts'
import type { Supervisor } from '../../src/supervisor/supervisor.ts'
import { fakeDatabaseUpkeep } from '../fakes/database-upkeep.ts'
import { fakeDeadLetterBook } from '../fakes/dead-letter-book.ts'
import { fakeDeadLetters } from '../fakes/dead-letters.ts'
import { fakeOwnMemory, type FakeOwnMemory } from '../fakes/own-memory.ts'
import { fakeTaskQueue } from '../fakes/task-queue.ts'
import { supervisorIn, worker, world, type World } from '../supervisor/setup.ts'
import { policyOf } from './policy.ts'

/** The rules over a supervisor of real state machines. */
describe('figures and what follows of them', () => {
  let on: World
  let own: FakeOwnMemory
  let supervisor: Supervisor
  let figures: Figures

  beforeEach(() => {
    on = world()
    own = fakeOwnMemory()
  })

  afterEach(async () => {
    await Promise.all([figures.nightly.stop(), figures.memory.stop(), figures.metrics.stop()])
    const stopped = supervisor.stop('stop', () => {})
    await on.clock.advance(30_000)
    await stopped
    expect(on.clock.pending).toBe(0)
  })

  async function start(workers: WorkerDefinition[]): Promise<void> {
    const { memory, nightly } = policyOf()
    figures = createFigures({
      version: '1.2.3',
      ownMemory: own,
      databaseUpkeep: fakeDatabaseUpkeep(),
      deadLetters: { letters: fakeDeadLetters(fakeTaskQueue(on.clock)), book: fakeDeadLetterBook() },
      store: on.store,
      ledger: on.ledger,
      clock: on.clock,
      logger: on.logger,
      policy: { memory, nightly: { ...nightly, at: '01:00', timezone: 'UTC', adaptivePriorities: 'apply' } },
      supervisor: () => supervisor,
      leads: () => true,
      pruneLedger: async () => {},
      runs: () => ({ waiting: 0, lastWaitsMs: [] }),
    })
    supervisor = supervisorIn(on, figures.define(workers))
    const begun = supervisor.start()
    await on.clock.advance(5_000)
    await begun
    figures.start()
    await on.clock.advance(1_000)
  }

  const states = () => supervisor.views().map(({ name, state }) => `${name} ${state}`)

  it('take workers out when memory is critical, and bring them back when it is well again', async () => {
    await start([worker({ name: 'normal' }), worker({ name: 'vital', priority: 1 })])
    own.reading = { ...own.reading, heapUsed: 950 }
    await on.clock.advance(80_000)
    expect(states()).toEqual(['normal disabled_by_memory', 'vital running'])
    expect(figures.memory.complaint()).toContain("the daemon's heap is at 95 % of V8's limit")
    own.reading = { ...own.reading, heapUsed: 100 }
    await on.clock.advance(80_000)
    expect(states()).toEqual(['normal running', 'vital running'])
    expect(figures.memory.complaint()).toBeNull()
  })

  it('put a priority into force that a night has changed, and restart nobody for it', async () => {
    const record = new WorkerRecord('normal')
    for (let done = 0; done < 100; done += 1) record.add({ outcome: 'succeeded', durationMs: 5, endedAt: 1 })
    on.store.put('metrics.0', [record.stored()] as unknown as Json)
    on.store.put('metrics.index', { documents: 1, countedAnewUpToMs: 0 })
    await start([worker({ name: 'normal', priority: 3 })])
    const [before] = supervisor.views()
    expect(before).toMatchObject({ priority: 3 })
    await on.clock.advance(3_600_000)
    const [after] = supervisor.views()
    expect(after).toMatchObject({ priority: 2, pid: before?.pid, restarts: 0 })
    expect(figures.view().agents).toMatchObject([{ name: 'normal', priority: 2, score: { total: 100 } }])
    expect(on.ledger.read({ type: 'priority.changed', limit: 1 })[0]?.message).toContain(
      'priority 3 became 2',
    )
  })
})
