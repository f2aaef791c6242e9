import { renderToString } from 'ink'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { WorkerDefinitionView } from '../../src/contract/workers.ts'
import { instanceId, jrName, taskId } from '../../src/domain/ids.ts'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { Frame } from '../../tui/app.tsx'
import type { AppEvent } from '../../tui/event.ts'
import { daemonLog } from '../../tui/screens/logs/log-name.ts'
import type { AppState, Size } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { now, play, position, small, stateOf, statusView, wide, worker } from './fixture.ts'
import { entry } from './ledger-fixture.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

function frame(state: AppState): string {
  const theme = createTheme((_, text) => text)
  return renderToString(<Frame state={state} theme={theme} />, { columns: state.size.columns })
}

const engineer = jrName('Software Engineer Jr.')
const minutes = 60_000
const workers = [
  ...[1, 2, 3].map((slot) =>
    worker(0, 'running', {
      name: engineer,
      slot,
      instanceId: instanceId(`e${slot}`),
      cpuPercent: [12, 103, 0.4][slot - 1] ?? 0,
      score: 96.4,
      heartbeatAgeMs: [12_000, 4000, 118_000][slot - 1] ?? 0,
      ready: slot !== 3,
      readySince: slot === 3 ? null : now.wallMs - 90 * minutes,
      reason: slot === 3 ? 'not ready: nobody accepts connections on 127.0.0.1:8081' : 'running',
      restarts: slot - 1,
      stopGraceMs: 30_000,
      logFile: `/var/log/jrctl/software_engineer_jr${slot > 1 ? `.${slot}` : ''}.log`,
    }),
  ),
  worker(1, 'paused', { reason: 'paused by an operator' }),
  worker(2, 'disabled_by_failure', {
    reason: 'its breaker is open: 5 failures in 5 min; a probe starts in 4 min',
    restarts: 7,
    lastExit: 'exited with code 3',
    score: 31.2,
  }),
  worker(3, 'stopped', {
    nextStartAt: now.wallMs + 5 * minutes,
    p95Ms: 2400,
    schedule: {
      cron: '*/15 * * * *',
      timezone: 'Europe/Zurich',
      waiting: 0,
      lastRun: {
        outcome: 'succeeded',
        ending: 'exited cleanly',
        due: now.wallMs - 10 * minutes,
        attempt: 1,
        startedAt: now.wallMs - 10 * minutes,
        endedAt: now.wallMs - 9 * minutes,
      },
    },
  }),
]
const breaker = {
  state: 'closed' as const,
  reason: '',
  count: 9,
  limit: 50,
  windowMs: 60 * minutes,
  probeAt: null,
  workers: [],
}
const positions = [
  position(1, { worker: engineer, instanceId: instanceId('e2'), taskId: taskId(4711) }),
  position(2, { worker: engineer, instanceId: instanceId('e1') }),
]
const status = statusView({ workers, positions, breaker })
const many = statusView({ workers: Array.from({ length: 200 }, (_, index) => worker(index, 'running')) })
const none = statusView({ workers: [] })

const definition: WorkerDefinitionView = {
  command: ['jrctl', 'work', engineer, '--', 'agent', '--model', "it's"],
  cwd: '/srv/agents',
  environment: { set: ['MODEL'], passed: ['HOME'], inherit: 'clean' },
  instances: 3,
  user: 'agents',
  limits: { memoryBytes: 2 * 1024 ** 3, cpuCores: 1.5, openFiles: 1024, nice: null },
  department: 'engineering',
  priority: 1,
  dependsOn: ['Research Jr.'],
  layer: null,
  ready: '127.0.0.1:8081 accepts connections',
  readyTimeoutMs: 60_000,
  accepts: { tags: ['code', 'review'], when: null },
  restart: 'always',
  stopSignal: 'SIGTERM',
  stopGraceMs: 30_000,
  heartbeat: 'auto',
  schedule: null,
}
const detail: AppEvent = {
  kind: 'loaded',
  source: 'worker',
  by: { name: engineer },
  answer: { apiVersion: 1, name: engineer, instances: workers.slice(0, 3), breaker: null, definition },
}
const told: AppEvent = {
  kind: 'loaded',
  source: 'worker_ledger',
  by: { name: engineer },
  answer: [
    entry(7, { message: 'Software Engineer Jr. #2: running' }),
    entry(8, { level: 'warn', message: 'it\u001B[2J broke' }),
  ],
}

const line = (second: number, level: number, msg: string, more = {}) =>
  JSON.stringify({ level, time: new Date(now.wallMs + second * 1000).toISOString(), pid: 1, msg, ...more })
const logTexts = [
  ...Array.from({ length: 30 }, (_, index) =>
    line(index, 30, `task ${index} promoted from 2 to 1: task ${index - 1} left`),
  ),
  line(40, 40, 'Research Jr.: exited with code 3; next start in 5 s', { worker: 'Research Jr.', pid: 7 }),
  line(41, 50, 'the database is away: \u001B[31mconnection refused\u001B[0m'),
  '2026-11-21T12:00:42.000Z INFO  task begun {"taskId":2}',
  'Traceback (most recent call last):',
  '\tFile "agent.py", line 7 \u202E\u001B]8;;http://evil\u0007link',
  '日本語の行がとても長いのでどこかで切らなければならない'.repeat(4),
]
const tail: AppEvent = {
  kind: 'log',
  name: daemonLog,
  news: {
    kind: 'tail',
    path: '/var/log/jrctl/jr_orchestrator.log',
    lines: logTexts.map((text) => ({ text, cutBytes: 0 })),
  },
}
const more: AppEvent = {
  kind: 'log',
  name: daemonLog,
  news: { kind: 'lines', lines: [{ text: line(60, 30, 'and on it goes'), cutBytes: 0 }] },
}
const missed: AppEvent = { kind: 'log', name: daemonLog, news: { kind: 'missed', lines: 1200 } }
const gone: AppEvent = {
  kind: 'log',
  name: daemonLog,
  news: { kind: 'away', reason: 'No daemon answers on /run/jrctl.sock', retryAtMs: now.monotonicMs + 5000 },
}

const at = (size: Size, given = status) => stateOf({ size, status: given })
const logs = (size: Size) => play(at(size), 'shift+tab').state

const scenes: Record<string, (size: Size) => AppState> = {
  'workers-trouble': (size) => play(at(size), '2').state,
  'workers-none': (size) => play(at(size, none), '2').state,
  'workers-many': (size) => play(at(size, many), '2', 'G').state,
  'workers-asked': (size) => play(at(size), '2', 'j', 'j', 'j', 'r').state,
  worker: (size) => play(at(size), '2', 'j', 'j', 'j', 'enter', detail, told).state,
  'worker-end': (size) => play(at(size), '2', 'enter', detail, told, 'G').state,
  'logs-choice': (size) => play(logs(size), 'j', 'j').state,
  logs: (size) => play(logs(size), 'enter', tail, missed, more).state,
  'logs-held': (size) => play(logs(size), 'enter', tail, 'k', 'k', 'k', 'k', more, more).state,
  'logs-away': (size) => play(logs(size), 'enter', tail, gone, '/', ...Array.from('task')).state,
  'logs-asking': (size) => play(logs(size), 'enter').state,
  'log-line': (size) => play(logs(size), 'enter', tail, 'k', 'k', 'k', 'k', 'k', 'enter').state,
}

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  it.each([small, wide])('at $columns × $rows', async (size) => {
    const file = `frames/${name}-${size.columns}x${size.rows}.txt`
    await expect(`${frame(scene(size))}\n`).toMatchFileSnapshot(file)
  })

  it.each([
    [40, 10],
    [40, 24],
    [63, 17],
    [100, 12],
    [150, 50],
  ])('fills %i × %i and never more', (columns, rows) => {
    const text = frame(scene({ columns, rows }))
    const lines = text.split('\n')
    expect(lines).toHaveLength(rows)
    for (const each of lines) expect(widthOf(each)).toBeLessThanOrEqual(columns)
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202E/u)
  })
})
