import { expect, test } from 'vitest'
import { instanceId, jrName } from '../../src/domain/ids.ts'
import type { ScheduleView, WorkerView } from '../../src/domain/worker.ts'
import { workerReason } from '../../src/text/worker-reason.ts'

const nowMs = Date.UTC(2026, 0, 1, 12)
const lastRun = {
  outcome: 'succeeded',
  ending: 'exited cleanly',
  due: nowMs - 65_000,
  attempt: 1,
  startedAt: nowMs - 65_000,
  endedAt: nowMs - 60_000,
} as const
const schedule: ScheduleView = { cron: '0 * * * *', timezone: 'Europe/Zurich', waiting: 0, lastRun }
const view: WorkerView = {
  name: jrName('Report Jr.'),
  slot: 1,
  instanceId: null,
  state: 'stopped',
  reason: 'its last run succeeded',
  pid: null,
  startedAt: null,
  restarts: 0,
  lastExit: null,
  nextStartAt: nowMs + 3_600_000,
  heartbeatAgeMs: null,
  rssBytes: null,
  cpuPercent: null,
  logFile: '/logs/report_jr.log',
  adopted: false,
  priority: 3,
  department: null,
}

test.each<[string, Partial<WorkerView>, string]>([
  ['kept running', {}, 'its last run succeeded'],
  [
    'rested',
    { schedule },
    'last run succeeded 1 min ago, in 5 s; next in 1 h 00 min (0 * * * *, Europe/Zurich)',
  ],
  [
    'failed',
    {
      schedule: { ...schedule, timezone: null, lastRun: { ...lastRun, outcome: 'failed' } },
      state: 'error',
      reason: 'exited with code 3 (try 3 of 3)',
    },
    'exited with code 3 (try 3 of 3), 1 min ago; next in 1 h 00 min (0 * * * *)',
  ],
  [
    'has never run, and waits for its turn',
    {
      schedule: { ...schedule, lastRun: null, waiting: 2 },
      reason: 'waits for its first time',
      nextStartAt: nowMs,
    },
    'waits for its first time; 2 runs waiting; next now (0 * * * *, Europe/Zurich)',
  ],
  [
    'is on',
    { schedule, state: 'running', reason: 'due 2026-01-01T12:00:00Z', instanceId: instanceId('a') },
    'run due 2026-01-01T12:00:00Z',
  ],
  [
    'is held',
    { schedule, state: 'paused', reason: 'paused by an operator', nextStartAt: null },
    'paused by an operator',
  ],
])('a worker that %s', (_, changes, words) => {
  expect(workerReason({ ...view, ...changes }, nowMs)).toBe(words)
})
