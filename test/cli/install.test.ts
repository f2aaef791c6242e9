import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { InstallOptions, PreparedInstall } from '../../src/cli/install/service.ts'
import { run as install } from '../../src/cli/install.ts'
import { run as uninstall } from '../../src/cli/uninstall.ts'
import type { InstallPlan, InstallStep } from '../../src/domain/install/step.ts'
import { UserError } from '../../src/errors.ts'
import { fakeCli, type FakeCli } from './fake-cli.ts'

const write: InstallStep = {
  kind: 'write_file',
  path: '/etc/systemd/system/a.service',
  text: 'new\n',
  mode: 0o644,
  isNew: false,
  keepOld: true,
  diff: ['@@ -1,1 +1,1 @@', '-old\u001B[31m', '+new'],
}
const end: InstallStep = {
  kind: 'end_processes',
  texts: ['worker'],
  ours: [],
  processes: [
    {
      pid: 42,
      startTime: 1,
      user: 'jr',
      ageMs: 7_200_000,
      commandLine: 'python worker.py \u001B]0;x\u0007',
      unit: null,
    },
  ],
}
const empty: InstallPlan = { steps: [], refusals: [], warnings: [], unready: null, next: [] }

/** Somebody at a terminal who answers, or nobody. */
function at(
  plan: PreparedInstall,
  args: string[],
  answer: string | null = null,
): FakeCli & { asked: InstallOptions[] } {
  const asked: InstallOptions[] = []
  const service = {
    plan: async (options: InstallOptions) => (asked.push(options), plan),
    planRemoval: async () => plan,
  }
  const cli = fakeCli({ args, local: { install: service } })
  const stdin = Object.assign(Readable.from(answer === null ? [] : [`${answer}\n`]), {
    isTTY: answer !== null,
  })
  const output = { ...cli.output, isTerminal: answer !== null }
  // What it wrote is told by getters, which a copy would ask at once.
  return Object.assign(Object.create(cli) as FakeCli, { stdin, output, asked })
}

function prepared(plan: Partial<InstallPlan>, problems: string[] = []): PreparedInstall & { done: number } {
  const all = { ...empty, ...plan }
  const about = {
    scope: 'system',
    root: '',
    profile: 'standard',
    account: 'jr',
    config: '/c',
    program: '/p',
  } as const
  const one = {
    about,
    plan: all,
    done: 0,
    async apply(tale: Parameters<PreparedInstall['apply']>[0]) {
      for (const index of all.steps.keys()) {
        tale.done(index, index === 0 ? 'and more' : null)
        one.done += 1
      }
      return problems
    },
  }
  return one
}

describe('jrctl install at a terminal', () => {
  it('shows the plan, asks, and does it', async () => {
    const plan = prepared({ steps: [write, end], next: ['Look: there'] })
    const cli = at(plan, [], 'y')
    expect(await install(cli)).toBe(0)
    expect(plan.done).toBe(2)
    expect(cli.err).toContain('Do that? [y/N]')
    expect(cli.out).toContain("~ change /etc/systemd/system/a.service (somebody's: it is kept as .bak)")
    expect(cli.out).toMatch(/^ {6}-old/m)
    expect(cli.out).toMatch(/42 +jr +2 h +python worker\.py/)
    expect(cli.out).toContain('done: change /etc/systemd/system/a.service; and more')
    expect(cli.out.trimEnd().split('\n').at(-1)).toBe('Look: there')
  })

  it('shows no control characters of what others wrote', async () => {
    const cli = at(prepared({ steps: [write, end] }), ['--dry-run'])
    await install(cli)
    expect(cli.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it.each(['n', '', 'yesterday'])('does nothing when the answer is %j', async (answer) => {
    const plan = prepared({ steps: [write] })
    const cli = at(plan, [], answer)
    expect(await install(cli)).toBe(1)
    expect(plan.done).toBe(0)
    expect(cli.err).toContain('Nothing was changed.')
  })

  it('asks nobody when there is nothing to do, or all is said', async () => {
    expect(await install(at(prepared({}), []))).toBe(0)
    expect(await install(at(prepared({ steps: [write] }), ['--yes']))).toBe(0)
    expect(await install(at(prepared({ steps: [write] }), ['--dry-run']))).toBe(0)
    await expect(install(at(prepared({ steps: [write] }), []))).rejects.toThrow(UserError)
  })

  it('does nothing at all where something is in the way, and names all of it', async () => {
    const refusals = [
      { message: 'one', hint: 'do this' },
      { message: 'two', hint: 'do that' },
    ]
    const plan = prepared({ steps: [write], refusals })
    await expect(install(at(plan, ['--yes']))).rejects.toMatchObject({
      message: 'nothing was changed: one',
      hint: 'do this\ntwo\n  do that',
      exit: 1,
    })
    expect(plan.done).toBe(0)
  })

  it('fails for what could not be done, and for what was not started', async () => {
    const cli = at(prepared({ steps: [write] }, ['no lingering']), ['--yes'])
    expect(await install(cli)).toBe(1)
    expect(cli.err).toContain('jrctl: no lingering')
    const unready = { message: 'no queue', hint: 'say which' }
    const other = at(prepared({ unready }), ['--enable'])
    expect(await install(other)).toBe(1)
    expect(other.err).toContain('jrctl: not started: no queue\n  say which\n')
  })

  it('takes lists, repeated or with commas', async () => {
    const line =
      '--enable --system --profile hardened --replace-units a,b --replace-units c --after d,e --replace-processes'
    const cli = at(prepared({}), [...line.split(' '), 'x, y'])
    await install(cli)
    expect(cli.asked).toEqual([
      expect.objectContaining({
        scope: 'system',
        profile: 'hardened',
        replaceUnits: ['a', 'b', 'c'],
        after: ['d', 'e'],
        replaceProcesses: ['x, y'],
      }),
    ])
  })

  it.each([
    [['--system', '--user'], 'cannot be used with'],
    [['--profile', 'soft'], 'Allowed are: standard, hardened'],
    [['--replace-units', 'a'], 'replaced by one that is started'],
    [['--root', '/x', '--cron'], '--root about another'],
    [['--root', ''], 'The name of a folder is wanted'],
    [['--prefix', ' '], 'The name of a folder is wanted'],
  ])('refuses %j', async (args, message) => {
    await expect(install(at(prepared({}), args))).rejects.toThrow(message)
  })
})

describe('jrctl uninstall', () => {
  it('says what it deletes for good before it does', async () => {
    const tree: InstallStep = {
      kind: 'remove_tree',
      path: '/var/lib/jrctl',
      what: 'the state',
      bytes: 2_000_000,
    }
    const cli = at(prepared({ steps: [tree] }), ['--purge'], 'n')
    expect(await uninstall(cli)).toBe(1)
    expect(cli.out).toContain('- delete /var/lib/jrctl: the state (1.9 MiB)')
    expect(cli.err).toContain('delete for good')
  })
})
