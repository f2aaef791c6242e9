import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/orchestrator.ts'
import { orchestratorLines } from '../../src/cli/orchestrator-lines.ts'
import { snapshotLines } from '../../src/cli/orchestrator/snapshot.ts'
import { statusLines } from '../../src/cli/orchestrator/status.ts'
import type { ApiClient } from '../../src/client/client.ts'
import type { OrchestratorLineView, OrchestratorStatusView } from '../../src/contract/orchestrator.ts'
import { apiVersion } from '../../src/contract/views.ts'
import type { DecisionRecord } from '../../src/domain/cycle/decision.ts'
import { jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import { exitCode } from '../../src/errors.ts'
import { widthOf } from '../../src/text/fit.ts'
import { aCycleView, aPassView } from '../fakes/orchestrator-desk.ts'
import { aSnapshot, aTaskRef } from '../support/cycle-sections.ts'
import { fakeCli, type FakeCliOptions } from './fake-cli.ts'

const nowMs = Date.UTC(2026, 0, 1)
const hostile = 'a\u001b[31m\u009brule'

const record: DecisionRecord = {
  decision: {
    id: '1-2-1',
    rule: 'recent_failures',
    priority: 8,
    reason: '2 failures within the last hour',
    action: 'retry_failed',
    retries: [taskId(7)],
    deaths: [],
  },
  state: 'executed',
  decidedAt: nowMs - 65_000,
  settledAt: nowMs - 65_000,
  result: { changed: [taskId(7)], note: 'brought forward 1 task' },
  error: null,
  outcome: 'cleared',
  measuredAt: nowMs,
}

const status: OrchestratorStatusView = {
  apiVersion,
  enabled: true,
  switchedBy: { by: 'cli:ada', at: nowMs - 60_000 },
  leader: { nodeId: nodeId('a'), host: 'machine-1' },
  cycle: aCycleView({
    enabled: true,
    passes: { total: 12, acted: 2, observed: 0, idle: 9, failed: 1 },
    durations: { p50: 4, p95: 9, p99: 10, avgDurationMs: 5 },
    actions: { executed: 2, failed: 0 },
    rules: { recent_failures: { decided: 2, executed: 2, failed: 0, cleared: 1, persists: 0, unknown: 0 } },
    health: {
      score: 90,
      status: 'healthy',
      deductions: [{ kind: 'failures', points: 10, reason: '2 failures within the last hour' }],
    },
    lastPass: aPassView({ number: 12, at: nowMs - 2_000 }),
  }),
  rests: {},
  decisions: [record],
}

/** What a command prints over these answers, by route. */
async function ran(args: string[], answers: Record<string, unknown> = {}, more: FakeCliOptions = {}) {
  const asked: unknown[] = []
  const client = {
    socketPath: '/s',
    call: async (route: string, input: unknown) => {
      asked.push([route, input])
      return answers[route]
    },
    events: async () => {},
    subscribe: async () => {},
  } as unknown as ApiClient
  const cli = fakeCli({ args, client, columns: 120, ...more })
  return { code: await run(cli), out: cli.out, err: cli.err, asked }
}

describe('jrctl orchestrator status', () => {
  const linesOf = (view: Partial<OrchestratorStatusView>) =>
    statusLines({ ...status, ...view }, fakeCli({ columns: 120 }).output, nowMs)

  it('says whether it runs, how well the fleet is, and what it did', async () => {
    expect(await linesOf({})).toEqual([
      'Cycle       on, a pass every 2 s',
      expect.stringMatching(/^ {12}switched on by cli:ada, .* \(1 min ago\)$/),
      'Passes      made here: this node leads',
      "            12 passes since the daemon's start: 2 acted, 9 idle, 1 failed; p50 4 ms, p95 9 ms",
      '            2 actions executed, 0 failed',
      'Last pass   12: no actions needed, 2 s ago',
      'Health      healthy, 90 of 100',
      '            −10  2 failures within the last hour',
      '',
      "Rules that decided since the daemon's start",
      '  RULE             DECIDED  EXECUTED  FAILED  CLEARED  PERSISTS',
      '  recent_failures        2         2       0        1         0',
      '',
      'Latest decisions',
      '    AGO  RULE             ACTION        STATE     HELPED',
      '  1 min  recent_failures  retry_failed  executed  cleared',
      '          2 failures within the last hour',
      '          → brought forward 1 task',
    ])
  })

  it('names the leader elsewhere, and how to switch it on', async () => {
    const lines = await linesOf({
      enabled: false,
      switchedBy: null,
      cycle: aCycleView({ leads: false }),
      decisions: [],
    })
    expect(lines.slice(0, 3)).toEqual([
      'Cycle       off; switch it on with: jrctl orchestrator enable',
      '            as the configuration says; nobody switched it',
      'Passes      made on a (machine-1), which leads; see there for more',
    ])
    expect(lines.at(-1)).toBe('  none on record')
  })

  it('names the rules that are broken, and an older daemon knows of none', async () => {
    const broken = [{ rule: 'mine', reason: 'its condition fails: division by zero' }]
    expect(await linesOf({ cycle: aCycleView({ broken }) })).toContain(
      'Broken      the rule mine is broken and does nothing: its condition fails: division by zero; see jrctl rules explain mine',
    )
    expect((await linesOf({ cycle: aCycleView() })).join()).not.toContain('roken')
  })

  it('does not take what this node would do for what the leader does', async () => {
    const first = async (leads: boolean, mode: 'act' | 'observe') =>
      (await linesOf({ cycle: aCycleView({ leads, mode }) }))[0]
    expect(await first(false, 'act')).toBe('Cycle       on')
    expect(await first(false, 'observe')).toBe('Cycle       on; if this node led, it would observe')
    expect(await first(true, 'observe')).toMatch(
      /^Cycle {7}on, a pass every .*; observes: .* changes nothing$/,
    )
  })
})

describe('jrctl orchestrator snapshot', () => {
  it('shows every section, cleaned of what names bring along', async () => {
    const snapshot = aSnapshot({
      jobs: {
        pending: 60,
        waiting: 60,
        oldestWaitingMs: 3_700_000,
        oldest: [aTaskRef(3, { ageMs: 3_700_000 })],
      },
      scheduler: {
        windows: [
          {
            channel: 'instagram',
            isOpen: true,
            strict: true,
            opensAt: null,
            closesAt: Date.UTC(2026, 0, 1) + 1_800_000,
            closingSoon: true,
          },
        ],
        open: ['instagram'],
        closingSoon: ['instagram'],
      },
      campaigns: {
        active: 1,
        list: [{ id: 1, name: hostile, budget: 500, startsAt: null, endsAt: null, waiting: 2, next: [] }],
      },
      workers: {
        onlineJrs: 1,
        lines: [
          { jrName: jrName('A Jr.'), online: false, load: 2, waiting: 60, failuresInARow: 0, last: [] },
        ],
      },
    })
    const lines = await snapshotLines(snapshot, fakeCli({ columns: 100 }).output)
    const text = lines.join('\n')
    expect(text).toContain('Health      degraded, 65 of 100')
    expect(text).toContain('60 tasks ready for a worker, the oldest for 1 h 01 min')
    expect(text).toContain('oldest: 3 (1 h 01 min)')
    expect(text).toMatch(/Windows {5}instagram open, closes in 30 min \(.*\), strict/)
    expect(text).toContain('budget 500, 2 waiting')
    expect(text).toMatch(/A Jr\. +offline +2 +60/)
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(100)
  })

  it('tells the fullest channels, and how many more there are', async () => {
    const byChannel = Array.from({ length: 30 }, (_, n) => ({ channel: `c${n}`, waiting: n, next: [] }))
    const lines = await snapshotLines(
      aSnapshot({ deliveries: { byChannel } }),
      fakeCli({ columns: 100 }).output,
    )
    const told = lines.filter((line) => / c\d+: /.test(line))
    expect([told.length, told[0]?.trim(), told.at(-1)?.trim()]).toEqual([
      10,
      'c29: 29 waiting',
      'c20: 20 waiting',
    ])
    expect(lines.join('\n')).toContain('and 20 more channels')
  })
})

describe('jrctl orchestrator run-once', () => {
  const pass = aPassView({
    kind: 'acted',
    succeeded: 1,
    executions: [{ decision: record.decision, state: 'executed', result: record.result, error: null }],
    verdicts: [{ rule: 'low_scores', verdict: 'holds_not', reason: 'no task has a score' }],
  })

  it('says what was done and why not more', async () => {
    const { code, out, asked } = await ran(['run-once'], { runOrchestrator: { apiVersion, pass } })
    expect([code, asked]).toEqual([exitCode.ok, [['runOrchestrator', { dryRun: false }]]])
    expect(out).toContain('Cycle 1: 1 succeeded, 0 failed (3 ms)')
    expect(out).toMatch(
      /8 {2}recent_failures {2}retry_failed {2}executed\n +2 failures .*\n +→ brought forward 1 task\n/,
    )
    expect(out).toMatch(/low_scores {2}holds not {2}no task has a score/)
  })

  it('ends with 1 when an action failed, and changes nothing with --dry-run', async () => {
    const failed = { ...pass, succeeded: 0, failed: 1 }
    expect((await ran(['run-once'], { runOrchestrator: { apiVersion, pass: failed } })).code).toBe(
      exitCode.failed,
    )
    const planned = aPassView({
      kind: 'dry_run',
      executions: [{ ...pass.executions[0]!, state: 'planned', result: null }],
    })
    const dry = await ran(['run-once', '--dry-run'], { runOrchestrator: { apiVersion, pass: planned } })
    expect(dry.asked).toEqual([['runOrchestrator', { dryRun: true }]])
    expect(dry.out).toContain('1 action would be executed now; nothing was changed')
    expect(dry.out).toMatch(/planned\n +2 failures .*\n +→ retry now: 1 task #7\n/)
  })

  it('answers as JSON', async () => {
    const { out } = await ran(['run-once'], { runOrchestrator: { apiVersion, pass } }, { json: true })
    expect(JSON.parse(out)).toMatchObject({ apiVersion, pass: { kind: 'acted' } })
  })
})

describe('jrctl orchestrator decisions, enable and disable', () => {
  it('list what is on record', async () => {
    const { out, asked } = await ran(['decisions', '--rule', 'x', '--limit', '5'], {
      orchestratorDecisions: { apiVersion, decisions: [record] },
    })
    expect(asked).toEqual([['orchestratorDecisions', { rule: 'x', limit: 5 }]])
    expect(out).toContain('recent_failures')
    const none = await ran(['decisions'], { orchestratorDecisions: { apiVersion, decisions: [] } })
    expect(none.err).toBe('Nothing was decided yet.\n')
    await expect(ran(['decisions', '--limit', '0'])).rejects.toThrow('from 1 to 1000')
  })

  it.each([
    ['enable', true, true, 'The cycle is switched on now, for all nodes; there is a pass every 2 s.\n'],
    ['enable', true, false, 'The cycle was switched on already.\n'],
    ['disable', false, true, 'The cycle is switched off now, for all nodes.\n'],
  ])('%s says how it stands', async (word, enabled, changed, said) => {
    const route = `${word}Orchestrator`
    const { out } = await ran([word], { [route]: { apiVersion, enabled, changed, intervalMs: 2_000 } })
    expect(out).toBe(said)
  })
})

describe('the cycle in jrctl status', () => {
  const line: OrchestratorLineView = {
    enabled: true,
    mode: 'act',
    leads: true,
    health: { score: 75, status: 'degraded' },
    lastPass: null,
    lastDecisions: [{ rule: 'recent_failures', action: 'retry_failed', state: 'failed', at: nowMs - 5_000 }],
    problem: null,
  }
  const linesOf = (more: Partial<OrchestratorLineView>) =>
    orchestratorLines({ ...line, ...more }, 'Cycle     ', fakeCli().output, nowMs)

  it('is one line, with a second for what is wrong', () => {
    expect(linesOf({})).toEqual(['Cycle     on · degraded 75/100 · last: recent_failures 5 s ago, failed'])
    expect(linesOf({ enabled: false, lastDecisions: [] })).toEqual(['Cycle     off'])
    expect(linesOf({ mode: 'observe', lastDecisions: [] })[0]).toContain('observes')
    expect(linesOf({ problem: 'no answer' })[1]).toBe('          no answer')
  })

  it('is left out where another node leads, and from an older daemon', () => {
    expect(linesOf({ leads: false })).toEqual([])
    expect(orchestratorLines(undefined, '', fakeCli().output, nowMs)).toEqual([])
  })
})
