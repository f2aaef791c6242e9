import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WorkerRecord, executionsKept, type Execution } from '../../../src/domain/metrics/worker-record.ts'

const hourMs = 3_600_000
const nowMs = 500_000 * hourMs

type Ended = Omit<Execution, 'name'>
const succeeded = (durationMs: number | null, endedAt = nowMs): Ended => ({
  outcome: 'succeeded',
  durationMs,
  endedAt,
})
const failed: Ended = { outcome: 'failed', durationMs: 9_999_999, endedAt: nowMs }

function recordOf(...executions: Ended[]): WorkerRecord {
  const record = new WorkerRecord('a_jr')
  for (const execution of executions) record.add(execution)
  return record
}

describe("a worker's record", () => {
  it('tells nothing of a worker that has done nothing', () => {
    expect(recordOf().figures(nowMs)).toEqual({
      durations: null,
      successes: 0,
      failures: 0,
      restartsOfDay: 0,
      lastEndedAt: null,
      score: null,
    })
  })

  it('takes percentiles over successes alone, and counts all', () => {
    const figures = recordOf(succeeded(10), failed, succeeded(30), succeeded(null)).figures(nowMs)
    expect(figures).toMatchObject({ durations: { p50: 10, p95: 30 }, successes: 3, failures: 1 })
  })

  it('forgets a duration when 1,000 came after it', () => {
    const slow = Array.from({ length: 10 }, () => succeeded(1_000_000))
    const quick = Array.from({ length: executionsKept }, () => succeeded(1))
    const before = recordOf(...slow, ...quick.slice(1))
    expect(before.figures(nowMs).durations?.avgDurationMs).toBeGreaterThan(1_000)
    before.add(succeeded(1))
    expect(before.figures(nowMs).durations).toEqual({ p50: 1, p95: 1, p99: 1, avgDurationMs: 1 })
    expect(before.figures(nowMs).successes).toBe(executionsKept + 10)
  })

  it('scores by what was done last, so that a bad past is outlived', () => {
    const record = recordOf(...Array.from({ length: 200 }, () => failed))
    expect(record.figures(nowMs).score?.total).toBeLessThan(45)
    for (let done = 0; done < executionsKept; done += 1) record.add(succeeded(5))
    expect(record.figures(nowMs).score?.total).toBe(100)
  })

  it('notices that a worker has become slow', () => {
    const record = recordOf(...Array.from({ length: 300 }, () => succeeded(100)))
    const before = record.figures(nowMs).score
    for (let done = 0; done < 100; done += 1) record.add(succeeded(400))
    const after = record.figures(nowMs).score
    expect(before?.latency).toBe(25)
    expect(after?.latency).toBe(6.3)
  })

  it('counts what failed since the last success, over a restart too, for an hour', () => {
    const record = recordOf(failed, succeeded(1), failed, failed)
    expect(record.failuresInARow(nowMs)).toBe(2)
    expect(new WorkerRecord('a_jr', record.stored()).failuresInARow(nowMs)).toBe(2)
    expect(record.failuresInARow(nowMs + hourMs)).toBe(0)
    record.add(succeeded(1))
    expect(record.failuresInARow(nowMs)).toBe(0)
  })

  it('counts restarts of the last day and forgets older ones', () => {
    const record = recordOf()
    record.addRestarts(2, nowMs - 30 * hourMs)
    record.addRestarts(3, nowMs - 20 * hourMs)
    record.addRestarts(4, nowMs)
    record.addRestarts(1, nowMs)
    expect(record.figures(nowMs).restartsOfDay).toBe(8)
    expect(record.figures(nowMs + 10 * hourMs).restartsOfDay).toBe(5)
    expect(record.figures(nowMs + 30 * hourMs).restartsOfDay).toBe(0)
  })

  it('is the same after it was stored, and goes on the same way', () => {
    const ended = fc.record({
      outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
      durationMs: fc.option(fc.nat({ max: 10_000 })),
      endedAt: fc.integer({ min: nowMs - hourMs, max: nowMs }),
    })
    fc.assert(
      fc.property(fc.array(ended, { maxLength: 60 }), fc.array(ended, { maxLength: 20 }), (early, late) => {
        const kept = recordOf(...early)
        kept.addRestarts(early.length, nowMs)
        const stored: unknown = JSON.parse(JSON.stringify(kept.stored()))
        const loaded = new WorkerRecord('a_jr', stored as ReturnType<WorkerRecord['stored']>)
        for (const execution of late) {
          kept.add(execution)
          loaded.add(execution)
        }
        expect(loaded.figures(nowMs)).toEqual(kept.figures(nowMs))
        expect(loaded.stored()).toEqual(kept.stored())
      }),
      { numRuns: 50 },
    )
  })
})
