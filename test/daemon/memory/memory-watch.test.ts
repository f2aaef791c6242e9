import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MemoryPolicy } from '../../../src/config/policy.ts'
import { createMemoryWatch, type MemoryWatch } from '../../../src/daemon/memory/memory-watch.ts'
import { jrName } from '../../../src/domain/ids.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import { workerView } from '../../api/daemon-services.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeOwnMemory, type FakeOwnMemory } from '../../fakes/own-memory.ts'
import { policyOf } from '../policy.ts'

describe('the memory watch', () => {
  let clock: FakeClock
  let own: FakeOwnMemory
  let ledger: FakeLedger
  let watch: MemoryWatch
  let fleet: Map<string, WorkerView>
  let asked: string[]

  beforeEach(() => {
    clock = fakeClock()
    own = fakeOwnMemory()
    ledger = fakeLedger(clock)
    asked = []
    fleet = new Map()
  })

  afterEach(async () => {
    await watch.stop()
    expect(clock.pending).toBe(0)
  })

  function worker(name: string, rssBytes: number, priority = 3): void {
    fleet.set(name, workerView({ name: jrName(name), rssBytes, priority }))
  }

  async function start(policy: Partial<MemoryPolicy> = {}): Promise<void> {
    const set = (name: string, state: WorkerView['state'], rssBytes: number) => {
      const view = fleet.get(name)
      if (view !== undefined) fleet.set(name, { ...view, state, rssBytes })
    }
    watch = createMemoryWatch({
      policy: { ...policyOf().memory, ...policy },
      own,
      supervisor: {
        views: () => [...fleet.values()],
        async shed(name, reason) {
          asked.push(`shed ${name}: ${reason}`)
          set(name, 'disabled_by_memory', 0)
        },
        async letBack(name) {
          asked.push(`let ${name} back`)
          set(name, 'running', 10)
        },
      },
      ledger,
      clock,
      logger: fakeLogger(),
    })
    watch.start()
    await clock.advance(0)
  }

  const heap = (heapUsed: number) => void (own.reading = { ...own.reading, heapUsed })
  const events = () => ledger.entries.map(({ eventType }) => eventType)

  it('says nothing while all is well', async () => {
    await start({ budgetBytes: 1_000 })
    await clock.advance(600_000)
    expect(events()).toEqual([])
    expect(own.collections).toBe(0)
  })

  it('collects garbage at 80 %, and warns once', async () => {
    worker('normal', 10)
    heap(850)
    await start()
    expect(own.collections).toBe(1)
    await clock.advance(300_000)
    expect(events()).toEqual(['system.memory.warning'])
    expect(ledger.entries[0]).toMatchObject({ level: 'warn', data: { pressure: 'heap', percent: 85 } })
    expect(asked).toEqual([])
  })

  it('takes nobody out for what was garbage', async () => {
    worker('normal', 10)
    heap(950)
    own.heapAfterCollect = 300
    await start()
    expect(events()).toEqual(['system.memory.warning', 'system.memory.recovered'])
    expect(ledger.entries[1]?.message).toContain('at 30 %')
    expect(asked).toEqual([])
  })

  it('takes all of priority 3 out at 90 %, and lets them back below 75 %', async () => {
    worker('normal', 10)
    worker('other', 20)
    worker('important', 30, 2)
    heap(900)
    await start()
    expect(events()).toEqual(['system.memory.warning', 'system.memory.critical'])
    expect(asked.map((line) => line.split(':')[0])).toEqual(['shed other', 'shed normal'])
    expect(asked[0]).toContain("the daemon's heap is at 90 % of V8's limit")
    heap(760)
    await clock.advance(60_000)
    expect(asked).toHaveLength(2)
    heap(700)
    await clock.advance(60_000)
    expect(asked.slice(2).toSorted()).toEqual(['let normal back', 'let other back'])
    expect(events().at(-1)).toBe('system.memory.recovered')
  })

  it('takes the largest out for the budget, until the rest fits', async () => {
    worker('small', 100)
    worker('large', 500)
    worker('critical', 350, 1)
    await start({ budgetBytes: 1_000 })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain('shed large: the workers hold 95 % of their memory budget')
    expect(watch.view()).toMatchObject({ fleetBytes: 450, fleetPercent: 45, fleetLevel: 'critical' })
    await clock.advance(60_000)
    expect(events()).toEqual(['system.memory.critical', 'system.memory.recovered'])
    // 950 again, should it return: it waits.
    expect(asked).toHaveLength(1)
  })

  it('writes the heap down when it is critical and wished for, once an hour', async () => {
    heap(950)
    await start({ heapSnapshot: true })
    await clock.advance(59 * 60_000)
    expect(own.snapshots).toHaveLength(1)
    await clock.advance(2 * 60_000)
    expect(own.snapshots).toHaveLength(2)
    await clock.advance(60 * 60_000)
    expect(own.snapshots).toEqual(['/state/heap/2', '/state/heap/3'])
  })

  it('goes on when a worker cannot be taken out', async () => {
    worker('normal', 10)
    heap(950)
    await start()
    fleet.delete('normal')
    heap(100)
    await clock.advance(60_000)
    expect(events().at(-1)).toBe('system.memory.recovered')
  })
})
