import { describe, expect, it } from 'vitest'
import { healthLine, judge, longWaitMs, type HealthFacts } from '../../src/cli/health/judge.ts'
import { run } from '../../src/cli/health-check.ts'
import { statusView } from '../api/daemon-services.ts'
import { fakeCli } from './fake-cli.ts'

const well: HealthFacts = {
  daemon: { up: true, phase: 'running', pid: 42, uptimeMs: 90_000 },
  database: { up: true, target: 'db/fleet' },
  queue: { ...statusView().queue, byStatus: { ...statusView().queue.byStatus, pending: 3, in_progress: 2 } },
  jrs: [{ name: 'a_jr', online: true, lastSeenAgeMs: 1000 }],
  workers: [{ name: 'a_jr', state: 'running', reason: '' }],
  degraded: [],
  heldNodes: [],
  healed: { rescuedTasks: 0, markedOffline: [] },
  dryRun: false,
  durationMs: 12.3,
}
const down = { up: false, problem: 'No daemon answers' } as const

describe('the judgement', () => {
  it.each<[string, Partial<HealthFacts>, string, string]>([
    ['all well', {}, 'OK', ''],
    [
      'database down',
      { database: { up: false, target: null, problem: 'refused' } },
      'CRITICAL',
      'database: refused',
    ],
    [
      'none but a scheduled worker, whose last run failed',
      { workers: [{ name: 'a_jr', state: 'error', reason: '', schedule: {} }] },
      'WARNING',
      'a_jr is error',
    ],
    ['daemon down, Jrs at work', { daemon: down, workers: [] }, 'WARNING', 'daemon down'],
    [
      'daemon down, nobody works',
      { daemon: down, workers: [], jrs: [] },
      'CRITICAL',
      'daemon down, tasks wait',
    ],
    [
      'daemon down, nothing to do',
      { daemon: down, workers: [], jrs: [], queue: statusView().queue },
      'WARNING',
      'daemon down',
    ],
    ['stopping', { daemon: { up: true, phase: 'stopping', pid: 1, uptimeMs: 1 } }, 'WARNING', 'stopping'],
    [
      'no worker running',
      { workers: [{ name: 'a', state: 'backoff', reason: '' }] },
      'CRITICAL',
      'no worker is running',
    ],
    ['all meant to rest', { workers: [{ name: 'a', state: 'paused', reason: '' }] }, 'OK', ''],
    [
      'one in trouble',
      { workers: [...well.workers, { name: 'b', state: 'missing', reason: '' }] },
      'WARNING',
      'b is missing',
    ],
    [
      'one that waits for another',
      {
        workers: [
          ...well.workers,
          { name: 'b', state: 'stopped', reason: '', waitsFor: 'waits for c to be ready: no heartbeat yet' },
        ],
      },
      'WARNING',
      'b waits for c to be ready: no heartbeat yet',
    ],
    [
      'long waits',
      { queue: { ...statusView().queue, oldestReadyMs: longWaitMs + 1 } },
      'WARNING',
      'has waited 30 min',
    ],
    [
      'held',
      { heldNodes: [{ nodeId: 'n-1', reason: 'disk full' }] },
      'WARNING',
      'node n-1 claims no tasks: disk full',
    ],
    ['degraded', { degraded: ['state disk full'] }, 'WARNING', 'degraded: state disk full'],
    ['rescued', { healed: { rescuedTasks: 2, markedOffline: ['b'] } }, 'WARNING', '2 stuck tasks rescued'],
  ])('%s', (_, change, level, word) => {
    const judgement = judge({ ...well, ...change })
    expect(judgement.level).toBe(level)
    expect(judgement.problems.map(({ text }) => text).join()).toContain(word)
  })

  it('is one line with perfdata', () => {
    expect(healthLine(well, judge(well))).toBe(
      'JRCTL OK - daemon up 1 min, 1 worker, 2 in progress | pending=3 in_progress=2 retry=0 failed=0 oldest_ready=0s jrs_online=1 workers_running=1 rescued=0 time=0.012s',
    )
    const odd: HealthFacts = {
      ...well,
      queue: null,
      database: { up: false, target: null, problem: 'a|b\nc' },
    }
    expect(healthLine(odd, judge(odd))).toBe(
      'JRCTL CRITICAL - database: a b c | workers_running=1 rescued=0 time=0.012s',
    )
  })
})

describe('health-check', () => {
  const check = async (args: string[], health: () => Promise<HealthFacts | null>, json = false) => {
    const cli = fakeCli({ args, json, local: { health } })
    return { code: await run(cli), out: cli.out }
  }

  it('exits by the level', async () => {
    expect((await check([], async () => well)).code).toBe(0)
    expect((await check([], async () => ({ ...well, daemon: down }))).code).toBe(1)
    expect(
      (await check([], async () => ({ ...well, workers: [{ name: 'a', state: 'error', reason: '' }] }))).code,
    ).toBe(2)
  })

  it.each<[string, string[], () => Promise<HealthFacts | null>, string]>([
    ['wrong usage', ['--nope'], async () => well, 'unknown option'],
    [
      'a wrong configuration',
      [],
      () => Promise.reject(new Error('jrctl.toml:3 | bad')),
      'jrctl.toml:3   bad',
    ],
    ['another check at work', [], async () => null, 'another health check is at work'],
  ])('answers UNKNOWN, exit 3, to %s', async (_, args, health, word) => {
    const { code, out } = await check(args, health)
    expect(code).toBe(3)
    expect(out).toContain('JRCTL UNKNOWN - ')
    expect(out).toContain(word)
  })

  it('keeps its own deadline', async () => {
    const cli = fakeCli({ args: ['--timeout', '5'], local: { health: () => new Promise(() => {}) } })
    const running = run(cli)
    await expect
      .poll(async () => {
        await (cli.clock as unknown as { advance(ms: number): Promise<void> }).advance(5000)
        return cli.out
      })
      .toContain('no answer within 5 s')
    expect(await running).toBe(3)
  })
})
