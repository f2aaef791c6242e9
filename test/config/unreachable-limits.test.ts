import { expect, test } from 'vitest'
import type { SupervisorPolicy } from '../../src/config/policy.ts'
import { unreachableLimits } from '../../src/config/unreachable-limits.ts'
import { policy, worker } from '../supervisor/setup.ts'

function warningsOf(changes: Partial<SupervisorPolicy>, instances = 1): string[] {
  return unreachableLimits({ supervisor: { ...policy, ...changes }, workers: [worker({ instances })] })
}

test('the defaults can trip', () => {
  expect(warningsOf({ backoffJitter: 0.2 })).toEqual([])
})

test('a window shorter than the waits is told with its figures and what would do', () => {
  expect(warningsOf({ breakerWindowMs: 60_000 })).toEqual([
    'supervisor.breaker_failures = 5 cannot be reached within breaker_window = "1m" by "Research Jr.": restarts wait "5s" ' +
      'and twice as long each time, up to "5m", so that it holds 4 failures of one instance; set breaker_window to "76s" ' +
      'or more, or breaker_failures to 4 or less',
  ])
  expect(warningsOf({ breakerWindowMs: 76_000 })).toEqual([])
  expect(warningsOf({ breakerWindowMs: 60_000, breakerFailures: 4 })).toEqual([])
})

test('many instances fail more often than one', () => {
  expect(warningsOf({ breakerWindowMs: 60_000 }, 2)).toEqual([])
})

test('50 an hour are not reached by one worker that waits 72 s and more', () => {
  const fast = { backoffMaxMs: 72_000, healthyAfterMs: 600_000, breakerFailures: 0 }
  expect(warningsOf({ ...fast, backoffInitialMs: 71_000 })).toEqual([])
  const [warning] = warningsOf({ ...fast, backoffInitialMs: 76_000, backoffMaxMs: 76_000 })
  expect(warning).toContain('supervisor.fleet_restarts = 50 cannot be reached within fleet_window = "1h"')
  expect(warning).toContain('restarts wait "76s", so that')
  expect(warning).toContain('1 instance can restart 48 times in it; set fleet_restarts to 48 or less')
})

test('who is never restarted, and a breaker that is off, are no matter', () => {
  const supervisor = { ...policy, breakerWindowMs: 10_000 }
  expect(unreachableLimits({ supervisor, workers: [worker({ restart: 'never' })] })).toEqual([])
  expect(warningsOf({ breakerWindowMs: 10_000, breakerFailures: 0 })).toEqual([])
})
