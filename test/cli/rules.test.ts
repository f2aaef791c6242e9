import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LocalServices } from '../../src/cli/local-services.ts'
import { run } from '../../src/cli/rules.ts'
import type { RuleDesk } from '../../src/cli/rules/desk.ts'
import type { ApiClient } from '../../src/client/client.ts'
import type { BrokenRuleView } from '../../src/contract/orchestrator.ts'
import { OperationalError } from '../../src/errors.ts'
import { readRules } from '../../src/main/run-rules.ts'
import { aSnapshot, aTaskRef } from '../support/cycle-sections.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeCli } from './fake-cli.ts'

const config = `
[orchestrator]
max_tasks = 3
[[rules]]
name = "low_scores"
enabled = false
[[rules]]
name = "mine"
when = "jobs.waiting > 7"
do = "promote_task"
reason = "we said so"
priority = 10
`
const hour = 3_600_000
const snapshot = aSnapshot({
  jobs: {
    waiting: 9,
    oldestWaitingMs: 2 * hour,
    oldest: [1, 2, 3, 4].map((id) => aTaskRef(id, { ageMs: 2 * hour })),
  },
  scores: { highWaiting: [aTaskRef(4)] },
})

/** The rules of the configuration above, in a folder of its own. */
function localOf(folder: string): Pick<LocalServices, 'rules'> {
  const configPath = join(folder, 'jrctl.toml')
  writeFileSync(configPath, config, { mode: 0o600 })
  const process = { env: { HOME: folder }, cwd: () => folder, getuid: () => 0 } as unknown as NodeJS.Process
  return {
    rules: (): Promise<RuleDesk> => readRules({ process, configPath, json: false, clock: fakeClock() }),
  }
}

const away: ApiClient = {
  call: async () => {
    throw new OperationalError('nobody answers', { code: 'daemon.unreachable', retryable: true })
  },
} as unknown as ApiClient

function daemonOf(rests: Record<string, number>, broken: BrokenRuleView[] = []): ApiClient {
  const answers = { orchestratorStatus: { rests, cycle: { broken } }, orchestratorSnapshot: { snapshot } }
  return { call: async (name: keyof typeof answers) => answers[name] } as unknown as ApiClient
}

async function ran(
  args: string[],
  options: { client?: ApiClient; json?: boolean; stdin?: string; columns?: number } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'jrctl-rules-'))
  try {
    writeFileSync(join(folder, 'saved.json'), JSON.stringify({ apiVersion: 1, snapshot }))
    const cli = fakeCli({ client: away, columns: 120, ...options, args, cwd: folder, local: localOf(folder) })
    const code = await run(cli)
    return { code, out: cli.out, err: cli.err }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('jrctl rules list', () => {
  it('shows all by priority, without a daemon', async () => {
    const { out, err } = await ran(['list'])
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/RULE +PRIORITY +STATE +COOL-DOWN +ACTION +FIRES WHEN/)
    expect(lines[1]).toMatch(/health_critical +10 +on +1 min +rebalance_queue +the health score is below 50/)
    expect(lines[2]).toMatch(/mine \(own\) +10 +on +1 min +promote_task +jobs\.waiting > 7/)
    expect(out).toMatch(/low_scores +3 +off/)
    expect(err).toContain('No daemon answers here')
  })

  it('fits 80 columns', async () => {
    const { out } = await ran(['list'], { columns: 80 })
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('says which rest, where a daemon knows', async () => {
    const client = daemonOf({ mine: fakeClock().wallMs() + 42_000, high_scores: fakeClock().wallMs() - 1 })
    const { out, err } = await ran(['list'], { client })
    expect(out).toMatch(/mine \(own\) +10 +rests 42 s/)
    expect(out).toMatch(/high_scores +6 +on/)
    expect(err).toBe('')
  })

  it('says which are broken, and why, where a daemon knows', async () => {
    const broken = [
      { rule: 'mine', reason: 'its condition fails: division by zero' },
      { rule: 'low_scores', reason: 'it is off' },
    ]
    const client = daemonOf({}, broken)
    const { out, err } = await ran(['list'], { client })
    expect(out).toMatch(/mine \(own\) +10 +broken/)
    expect(out).toMatch(/low_scores +3 +off/)
    expect(err).toBe('mine is broken and does nothing: its condition fails: division by zero\n')
    const shape = JSON.parse((await ran(['list'], { client, json: true })).out) as object
    expect(shape).toMatchObject({ broken: { mine: 'its condition fails: division by zero' } })
  })

  it('is data with --json', async () => {
    const shape = JSON.parse((await ran(['list'], { json: true })).out) as {
      rules: unknown[]
      rests: unknown
    }
    expect(shape).toMatchObject({ apiVersion: 1, mode: 'act', rests: null, broken: null })
    expect(shape.rules).toContainEqual({
      name: 'mine',
      priority: 10,
      cooldownMs: 60_000,
      enabled: true,
      action: 'promote_task',
      isOwn: true,
      condition: 'jobs.waiting > 7',
      does: expect.any(String) as string,
      looksAt: ['jobs.waiting', 'scores.highWaiting'],
    })
  })
})

describe('jrctl rules test', () => {
  it.each([
    ['a file', ['test', '--snapshot', 'saved.json'], {}],
    ['stdin', ['test', '--snapshot', '-'], { stdin: JSON.stringify(snapshot) }],
    ['the daemon', ['test'], { client: daemonOf({}) }],
  ])('says what would be decided on a snapshot of %s', async (_, args, options) => {
    const { out, code } = await ran(args, options)
    expect(code).toBe(0)
    expect(out).toContain('Would be decided, in this order; nothing was done')
    expect(out).toMatch(/ 10 {2}mine → promote_task\n +we said so\n +give priority 1 to: 1 task #4\n/)
    expect(out).toMatch(/ 8 {2}oldest_waiting → force_run\n.*\n +put before .*: 3 tasks #1, #2, #3\n/)
    expect(out).toMatch(/low_scores +off/)
    expect(out).toMatch(/queue_saturated +not now +9 tasks wait for a worker, not more than 50/)
  })

  it('leaves out those that rest, where a daemon knows', async () => {
    const { out } = await ran(['test'], { client: daemonOf({ mine: snapshot.takenAt + 5_000 }) })
    expect(out).toMatch(/mine +rests +it acted, and rests for another 5 s/)
  })

  it('is data with --json', async () => {
    const { out } = await ran(['test', '--snapshot', 'saved.json'], { json: true })
    expect(JSON.parse(out)).toMatchObject({
      snapshot: { takenAt: snapshot.takenAt, nodeId: 'node-a' },
      decisions: [
        { rule: 'mine', tasks: [4] },
        { rule: 'oldest_waiting', tasks: [1, 2, 3] },
      ],
      verdicts: expect.arrayContaining([
        { rule: 'low_scores', verdict: 'off', reason: 'switched off in the configuration' },
      ]) as unknown,
    })
  })

  it.each([
    ['a file that is not there', ['test', '--snapshot', 'gone.json'], '', 'gone.json cannot be read'],
    ['what is no snapshot', ['test', '--snapshot', '-'], '{"a":1}', 'stdin: it is no snapshot'],
    ['endless input', ['test', '--snapshot', '-'], ' '.repeat(17 * 2 ** 20), 'stdin is larger than'],
  ])('refuses %s', async (_, args, stdin, said) => {
    await expect(ran(args, { stdin })).rejects.toThrow(said)
  })

  it('needs a daemon for a snapshot of now', async () => {
    await expect(ran(['test'])).rejects.toThrow('nobody answers')
  })
})

describe('jrctl rules explain', () => {
  it('says when a rule fires, what it does and within which limits, and how to change it', async () => {
    const { out } = await ran(['explain', 'oldest_waiting'])
    expect(out).toContain('oldest_waiting (built in, on)')
    expect(out).toMatch(/when +the oldest waiting task has waited for over 60 min/)
    expect(out).toMatch(/looks at +jobs\.oldestWaitingMs, jobs\.oldest/)
    expect(out).toContain('at most 3 tasks at a time')
    expect(out).toContain('[[rules]]\n    name = "oldest_waiting"\n    enabled = false')
  })

  it('knows those of the configuration, and wraps what is long', async () => {
    const { out } = await ran(['explain', 'mine'], { columns: 60 })
    expect(out).toContain('mine (your own, on)')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(62)
  })

  it('is data with --json', async () => {
    const { out } = await ran(['explain', 'low_scores'], { json: true })
    expect(JSON.parse(out)).toMatchObject({
      rule: { name: 'low_scores', enabled: false, action: 'downgrade_task' },
      limits: { tasks: 3, actions: 10, cooldownMs: 60_000, taskPeriodMs: 24 * hour },
    })
  })

  it('says that it is broken, and why, where a daemon knows', async () => {
    const client = daemonOf({}, [{ rule: 'mine', reason: 'its condition fails: division by zero' }])
    const { out } = await ran(['explain', 'mine'], { client })
    expect(out).toContain('mine (your own, broken)')
    expect(out).toMatch(/broken +it does nothing: its condition fails: division by zero\n/)
    const shape = JSON.parse((await ran(['explain', 'mine'], { client, json: true })).out) as object
    expect(shape).toMatchObject({ broken: 'its condition fails: division by zero' })
  })

  it('explains while the database is away, which nobody then asks for what is broken', async () => {
    const client = {
      call: async () => {
        throw new OperationalError('it is away', { code: 'db.unreachable', retryable: true })
      },
    } as unknown as ApiClient
    expect((await ran(['explain', 'mine'], { client })).out).toContain('mine (your own, on)')
  })

  it('names the rule that was probably meant', async () => {
    await expect(ran(['explain', 'oldest-waitng'])).rejects.toMatchObject({
      message: 'there is no rule "oldest-waitng"',
      hint: 'Did you mean oldest_waiting? All of them: jrctl rules list',
      exit: 3,
    })
  })
})
