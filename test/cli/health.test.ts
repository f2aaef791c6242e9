import { describe, expect, it } from 'vitest'
import { nothingKnown, type HealthFacts } from '../../src/cli/health/facts.ts'
import { judge } from '../../src/cli/health/judge.ts'
import { healthLine } from '../../src/cli/health/line.ts'
import { standardThresholds } from '../../src/cli/health/thresholds.ts'
import { run } from '../../src/cli/health-check.ts'
import { statusView } from '../api/daemon-services.ts'
import { fakeCli } from './fake-cli.ts'

const well: HealthFacts = {
  ...nothingKnown(false),
  daemon: { up: true, phase: 'running', pid: 42, uptimeMs: 90_000 },
  database: { up: true, target: 'db/fleet' },
  queue: { ...statusView().queue, byStatus: { ...statusView().queue.byStatus, pending: 3, in_progress: 2 } },
  jrs: [{ name: 'a_jr', online: true, lastSeenAgeMs: 1000 }],
  workers: [{ name: 'a_jr', state: 'running', reason: '' }],
  durationMs: 12.3,
}
const down = { up: false, problem: 'No daemon answers', pid: null } as const
const healed = { rescuedTasks: 0, markedOffline: [], restarts: [] }
const mib = 2 ** 20

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
    [
      'slow',
      { daemon: { up: true, phase: 'slow', pid: 1, uptimeMs: null } },
      'WARNING',
      'the daemon is slow to tell its status',
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
      { queue: { ...statusView().queue, oldestReadyMs: 30 * 60_000 + 1 } },
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
    [
      'rescued',
      { healed: { ...healed, rescuedTasks: 2, markedOffline: ['b'] } },
      'WARNING',
      '2 stuck tasks rescued',
    ],
    [
      'to be rescued, by a dry run',
      { dryRun: true, healed: { ...healed, rescuedTasks: 1, markedOffline: ['b'] } },
      'WARNING',
      '1 stuck task to be rescued,silent, to be marked offline: b',
    ],
    ['a daemon that hangs', { daemon: { ...down, pid: 7 } }, 'WARNING', 'the daemon (pid 7) does not answer'],
    [
      'all restarts held back',
      { breaker: { state: 'open', reason: 'all restarts are held back' } },
      'CRITICAL',
      'held back',
    ],
    [
      'critical health',
      {
        health: {
          score: 49,
          status: 'critical',
          deductions: [{ kind: 'failures', points: 51, reason: 'all of it' }],
        },
      },
      'CRITICAL',
      'health 49 of 100 (−51 all of it)',
    ],
    [
      'degraded health',
      { health: { score: 79, status: 'degraded', deductions: [] } },
      'WARNING',
      'health 79 of 100',
    ],
    ['good health', { health: { score: 80, status: 'healthy', deductions: [] } }, 'OK', ''],
    ['little disk', { disk: { freeBytes: 100 * mib, totalBytes: 1e9 } }, 'WARNING', '100 MiB free'],
    ['hardly any disk', { disk: { freeBytes: 31 * mib, totalBytes: 1e9 } }, 'CRITICAL', '31 MiB free'],
    ['no leader', { cluster: { leader: null, nodes: [] } }, 'WARNING', 'no node leads the fleet'],
    [
      'not ours to ask',
      {
        daemon: { up: false, pid: null, isDenied: true, problem: 'ask as jrctl' },
        database: { up: false, target: null, problem: 'not for this account to see', isDenied: true },
        queue: null,
        jrs: [],
        workers: [],
      },
      'UNKNOWN',
      'ask as jrctl',
    ],
    ['nothing known at all', nothingKnown(false), 'OK', ''],
  ])('%s', (_, change, level, word) => {
    const judgement = judge({ ...well, ...change })
    expect(judgement.level).toBe(level)
    expect(judgement.problems.map(({ text }) => text).join()).toContain(word)
  })

  it('names the worst first, whatever their order', () => {
    const { problems } = judge({
      ...well,
      degraded: ['a little'],
      database: { up: false, target: null, problem: 'refused' },
    })
    expect(problems.map(({ level }) => level)).toEqual(['CRITICAL', 'WARNING'])
  })

  it('lets nothing that nobody may know hide what is known to be broken', () => {
    const denied = { up: false, target: null, problem: 'not ours', isDenied: true } as const
    const disk = { freeBytes: 1, totalBytes: 1e9 }
    const { level, problems } = judge({ ...well, degraded: ['a little'], database: denied, disk })
    expect([level, ...problems.map((one) => one.level)]).toEqual([
      'CRITICAL',
      'CRITICAL',
      'UNKNOWN',
      'WARNING',
    ])
  })

  it('goes by the thresholds of the operator', () => {
    const strict = { ...standardThresholds, pending: { warn: 1, crit: 2 }, failed: { warn: 0, crit: null } }
    expect(judge(well, strict)).toEqual({
      level: 'CRITICAL',
      problems: [{ level: 'CRITICAL', text: '3 tasks wait' }],
    })
    expect(judge(well, { ...strict, pending: { warn: 2, crit: 3 } }).level).toBe('WARNING')
    expect(judge(well, { ...strict, pending: { warn: 3, crit: 4 } }).level).toBe('OK')
  })

  it('is one line with perfdata', () => {
    expect(healthLine(well, judge(well))).toBe(
      'JRCTL OK - daemon up 1 min, 1 worker, 2 in progress | pending=3;;;0 in_progress=2 retry=0 failed=0;;;0 oldest_ready=0s;1800;;0 jrs_online=1 workers_running=1 rescued=0 time=0.012s',
    )
    const odd: HealthFacts = {
      ...well,
      queue: null,
      database: { up: false, target: null, problem: 'a|b\nc\u001b[2J' },
      health: { score: 85, status: 'healthy', deductions: [] },
      disk: { freeBytes: 1024 * mib, totalBytes: 4096 * mib },
    }
    expect(healthLine(odd, judge(odd))).toBe(
      'JRCTL CRITICAL - database: a b c␛ | workers_running=1 health=85;80:;50:;0;100 disk_free=1073741824B;268435456:;33554432:;0;4294967296 rescued=0 time=0.012s',
    )
  })

  it('stays short, however much is wrong', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      name: `worker ${index}`,
      state: 'error' as const,
      reason: 'x'.repeat(500),
    }))
    const facts = { ...well, workers: [...well.workers, ...many] }
    const line = healthLine(facts, judge(facts))
    expect(line.length).toBeLessThan(1_024)
    expect(line).toMatch(/; and \d+ more \| /)
  })
})

describe('health-check', () => {
  const check = async (args: string[], health: () => Promise<HealthFacts | null>, json = false) => {
    const answer = async () => {
      const facts = await health()
      return { facts: facts ?? nothingKnown(false), ended: Promise.resolve(facts !== null) }
    }
    const cli = fakeCli({ args, json, local: { health: answer } })
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
      'limits in the wrong order',
      ['--pending-warn', '5', '--pending-crit', '2'],
      async () => well,
      'Exchange the two',
    ],
    [
      'the same of what is told below',
      ['--score-warn', '40', '--score-crit', '60'],
      async () => well,
      'Exchange the two',
    ],
    ['a wrong configuration', [], () => Promise.reject(new Error('jrctl.toml:3 | bad')), 'jrctl.toml:3 bad'],
    ['another check at work', [], async () => null, 'another health check is at work'],
  ])('answers UNKNOWN, exit 3, to %s', async (_, args, health, word) => {
    const { code, out } = await check(args, health)
    expect(code).toBe(3)
    expect(out).toContain('JRCTL UNKNOWN - ')
    expect(out).toContain(word)
  })

  it('says with --json what it went by', async () => {
    const { out } = await check(['--pending-warn', '1'], async () => well, true)
    expect(JSON.parse(out)).toMatchObject({
      apiVersion: 1,
      level: 'WARNING',
      problems: [{ level: 'WARNING', text: '3 tasks wait' }],
      thresholds: { pending: { warn: 1, crit: null } },
      facts: { daemon: { up: true }, dryRun: false },
    })
  })

  it('keeps its own deadline, and tells what it found by then', async () => {
    const facts = { ...nothingKnown(false), daemon: well.daemon, degraded: ['a little'] }
    const cli = fakeCli({
      args: ['--timeout', '5'],
      local: { health: async () => ({ facts, ended: new Promise(() => {}) }) },
    })
    const running = run(cli)
    await expect
      .poll(async () => {
        await (cli.clock as unknown as { advance(ms: number): Promise<void> }).advance(5000)
        return cli.out
      })
      .toContain('no answer within 5 s from the database; so far: daemon up 1 min')
    expect(cli.out).toContain('degraded: a little')
    expect(await running).toBe(3)
  })
})

describe('--test-alerts', () => {
  const tried = async (trials: { channel: string; told: boolean; how: string }[]) => {
    const cli = fakeCli({ args: ['--test-alerts'], local: { testAlerts: async () => trials } })
    return { code: await run(cli), out: cli.out }
  }

  it('says who was told, and who was not', async () => {
    const ops = { channel: 'ops', told: true, how: 'HTTP 200 from hooks' }
    expect(await tried([ops])).toEqual({
      code: 0,
      out: 'JRCTL OK - 1 of 1 alert channels took a test: ops told (HTTP 200 from hooks) | told=1;;;0;1\n',
    })
    const pager = { channel: 'pager', told: false, how: 'page exited with code 1' }
    const { code, out } = await tried([ops, pager])
    expect(code).toBe(2)
    expect(out).toContain('pager NOT told (page exited with code 1)')
    expect(await tried([])).toEqual({
      code: 3,
      out: 'JRCTL UNKNOWN - there are no [[alerts]] in the configuration\n',
    })
  })
})
