import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { healthLimits, healthOf, type HealthFigures } from '../../../src/domain/cycle/health.ts'

const minute = 60_000

function figures(
  waiting = 0,
  oldestWaitingMs: number | null = null,
  failures1h = 0,
  errors1h = 0,
): HealthFigures {
  return { jobs: { waiting, oldestWaitingMs, failures1h }, ledger: { errors1h } }
}

describe('health', () => {
  it.each([
    ['nothing wrong', figures(), 100, 'healthy', []],
    ['fifty waiting', figures(50), 100, 'healthy', []],
    ['fifty-one waiting', figures(51), 80, 'healthy', ['queue_saturated']],
    ['waiting for half an hour', figures(1, 30 * minute), 100, 'healthy', []],
    ['waiting for longer', figures(1, 30 * minute + 1), 85, 'healthy', ['oldest_waiting']],
    ['one failure', figures(0, null, 1), 90, 'healthy', ['failures']],
    ['ten thousand failures', figures(0, null, 10_000), 90, 'healthy', ['failures']],
    ['four ledger errors', figures(0, null, 0, 4), 80, 'healthy', ['ledger_errors']],
    ['five ledger errors', figures(0, null, 0, 5), 75, 'degraded', ['ledger_errors']],
    ['ten ledger errors', figures(0, null, 0, 10), 50, 'degraded', ['ledger_errors']],
    ['eleven ledger errors', figures(0, null, 0, 11), 45, 'critical', ['ledger_errors']],
    [
      'a saturated, old queue',
      figures(51, 31 * minute),
      65,
      'degraded',
      ['queue_saturated', 'oldest_waiting'],
    ],
    [
      'all of it',
      figures(99, 99 * minute, 9, 1),
      50,
      'degraded',
      ['queue_saturated', 'oldest_waiting', 'failures', 'ledger_errors'],
    ],
    ['more than there is to lose', figures(99, 99 * minute, 9, 1_000), 0, 'critical', expect.anything()],
  ])('%s', (_, given, score, status, kinds) => {
    const health = healthOf(given)
    expect(health).toMatchObject({ score, status })
    expect(health.deductions.map(({ kind }) => kind)).toEqual(kinds)
  })

  it('tells each deduction with its figures', () => {
    expect(healthOf(figures(62, 133 * minute, 1, 3)).deductions).toEqual([
      { kind: 'queue_saturated', points: 20, reason: '62 tasks wait, more than 50' },
      {
        kind: 'oldest_waiting',
        points: 15,
        reason: 'the oldest has waited for 2 h 13 min, longer than 30 min',
      },
      { kind: 'failures', points: 10, reason: '1 failure within the last hour' },
      {
        kind: 'ledger_errors',
        points: 15,
        reason: '3 errors in the ledger within the last hour, 5 points each',
      },
    ])
  })

  const count = fc.nat(1_000)
  const anyFigures = fc
    .tuple(count, fc.option(fc.nat(10_000_000)), count, count)
    .map(([waiting, oldest, failures, errors]) => figures(waiting, oldest, failures, errors))

  it('is a hundred less what is listed, never below 0, and never better for more trouble', () => {
    fc.assert(
      fc.property(anyFigures, count, (given, more) => {
        const { score, status, deductions } = healthOf(given)
        const taken = deductions.reduce((sum, { points }) => sum + points, 0)
        expect(score).toBe(Math.max(0, 100 - taken))
        expect(deductions.every(({ points, reason }) => points > 0 && reason !== '')).toBe(true)
        expect(status === 'healthy').toBe(score >= healthLimits.healthy)
        expect(status === 'critical').toBe(score < healthLimits.degraded)
        const { jobs, ledger } = given
        const worse = figures(
          jobs.waiting + more,
          (jobs.oldestWaitingMs ?? 0) + more * minute,
          jobs.failures1h + more,
          ledger.errors1h + more,
        )
        expect(healthOf(worse).score).toBeLessThanOrEqual(score)
      }),
    )
  })
})
