import { beforeEach, describe, expect, it } from 'vitest'
import { createMetrics, type Metrics } from '../../../src/daemon/metrics/metrics.ts'
import { jrName, taskId } from '../../../src/domain/ids.ts'
import type { AttemptNews } from '../../../src/domain/metrics/attempt-ends.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import type { StateStore } from '../../../src/ports/state-store.ts'
import { workerView } from '../../api/daemon-services.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

describe('the metrics', () => {
  let clock: FakeClock
  let store: StateStore & { writes: string[] }
  let views: WorkerView[]

  beforeEach(() => {
    clock = fakeClock()
    const inner = fakeStateStore()
    const writes: string[] = []
    store = {
      ...inner,
      writes,
      put(key, value) {
        writes.push(key)
        inner.put(key, value)
      },
    }
    views = [workerView()]
  })

  function started(): Metrics {
    const metrics = createMetrics({ store, clock, logger: fakeLogger(), views: () => views })
    metrics.start()
    return metrics
  }

  /** A task of the Jr that is claimed and done, told by its events. */
  function attempt(id: number, durationMs: number, jr = 'a_jr'): AttemptNews[] {
    const base = { taskId: taskId(id), kind: 'updated', jrName: jr, changes: {} } as const
    return [
      { ...base, version: 2, at: 1_000, from: 'assigned', to: 'in_progress' },
      { ...base, version: 3, at: 1_000 + durationMs, from: 'in_progress', to: 'completed' },
    ]
  }

  it('take attempts out of the events and runs as they end', async () => {
    const metrics = started()
    metrics.seen([...attempt(1, 30), ...attempt(2, 50)])
    metrics.ended({ name: 'a_jr', outcome: 'failed', durationMs: 5, endedAt: 9_000 })
    expect(metrics.of('a_jr')).toMatchObject({
      durations: { p50: 30, p95: 50 },
      successes: 2,
      failures: 1,
      lastEndedAt: 9_000,
    })
    expect(metrics.of('nobody')).toBeNull()
    await metrics.stop()
  })

  it('tell what was done lately, of attempts alone, and begin anew with the queue', async () => {
    const metrics = started()
    const at = clock.wallMs()
    const base = { taskId: taskId(1), kind: 'updated', jrName: 'a_jr', changes: {}, at } as const
    const ready = { ...base, version: 1, at: at - 400, from: null, to: 'pending' } as const
    const claim = { ...base, version: 2, from: 'pending', to: 'in_progress' } as const
    metrics.seen([ready, claim, { ...base, version: 3, from: 'in_progress', to: 'completed' }])
    metrics.ended({ name: 'a_jr', outcome: 'succeeded', durationMs: 5, endedAt: at })
    const { done, failed, waitMs } = metrics.activity()
    expect([done.at(-1), failed.at(-1), waitMs.at(-1)]).toEqual([1, 0, 400])
    metrics.seen([{ ...ready, taskId: taskId(2) }])
    metrics.begunAnew()
    metrics.seen([{ ...claim, taskId: taskId(2), at: at + 5_000 }])
    expect(metrics.activity().waitMs.at(-1)).toBe(400)
    await metrics.stop()
  })

  it('show p95 and score with each instance', async () => {
    const metrics = started()
    metrics.seen(attempt(1, 30))
    const idle = workerView({ name: jrName('idle_jr') })
    expect(metrics.onto([workerView(), idle])).toMatchObject([
      { name: 'a_jr', p95Ms: 30, score: 100 },
      { name: 'idle_jr', p95Ms: null, score: null },
    ])
    await metrics.stop()
  })

  it('survive the daemon, up to the moment of its stop', async () => {
    const first = started()
    first.seen(attempt(1, 30))
    await first.stop()
    const second = started()
    expect(second.of('a_jr')).toEqual(first.of('a_jr'))
    second.seen(attempt(2, 70))
    expect(second.of('a_jr')?.durations).toMatchObject({ p50: 30, p95: 70 })
    await second.stop()
  })

  it('write at most every 30 s, and nothing when nothing ended', async () => {
    const metrics = started()
    await clock.advance(100)
    store.writes.length = 0
    for (let id = 1; id <= 100; id += 1) metrics.seen(attempt(id, id))
    await clock.advance(29_000)
    expect(store.writes).toEqual([])
    await clock.advance(2_000)
    expect(store.writes).toEqual(['metrics.0', 'metrics.index'])
    await clock.advance(600_000)
    expect(store.writes).toHaveLength(2)
    await metrics.stop()
    expect(store.writes).toHaveLength(2)
  })

  it('rewrite only the records near one that changed', async () => {
    const metrics = started()
    for (let jr = 0; jr < 40; jr += 1) metrics.seen(attempt(jr + 1, 10, `jr ${jr}`))
    await clock.advance(31_000)
    store.writes.length = 0
    metrics.seen(attempt(99, 10, 'jr 20'))
    await clock.advance(31_000)
    expect(store.writes).toEqual(['metrics.1'])
    await metrics.stop()
  })

  it('hold a thousand workers, and forget the one that was quiet longest', async () => {
    const metrics = started()
    for (let jr = 0; jr <= 1_000; jr += 1)
      metrics.ended({
        name: `jr ${jr}`,
        outcome: 'succeeded',
        durationMs: 1,
        endedAt: jr === 500 ? 1 : 1_000 + jr,
      })
    expect(metrics.names()).toHaveLength(1_000)
    expect(metrics.of('jr 500')).toBeNull()
    expect(metrics.of('jr 1000')).not.toBeNull()
    await metrics.stop()
    const again = started()
    expect(again.names().toSorted()).toEqual(metrics.names().toSorted())
    await again.stop()
  })

  it('count restarts from when they first looked', async () => {
    views = [workerView({ restarts: 5 })]
    const metrics = started()
    await clock.advance(1_000)
    views = [workerView({ restarts: 6 }), workerView({ slot: 2, restarts: 2 })]
    await clock.advance(30_000)
    expect(metrics.of('a_jr')?.restartsOfDay).toBe(3)
    views = [workerView({ restarts: 6 })]
    await clock.advance(60_000)
    expect(metrics.of('a_jr')?.restartsOfDay).toBe(3)
    await metrics.stop()
  })

  it('count nothing twice when the queue begins anew, also after a restart', async () => {
    const first = started()
    first.seen(attempt(1, 30))
    first.begunAnew()
    first.seen(attempt(1, 30))
    expect(first.of('a_jr')?.successes).toBe(1)
    await first.stop()
    const second = started()
    second.seen(attempt(1, 30))
    expect(second.of('a_jr')?.successes).toBe(1)
    await second.stop()
    expect(clock.pending).toBe(0)
  })
})
