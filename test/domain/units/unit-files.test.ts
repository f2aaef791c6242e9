import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { enabledUnits, unitFiles } from '../../../src/domain/units/unit-files.ts'
import { foreignUsers, unitProblems, unreachableProblems } from '../../../src/domain/units/unit-problems.ts'
import { installation, unitWorker } from './installation.ts'

const golden = join(import.meta.dirname, 'golden')

describe.each(['standard', 'hardened'] as const)('the units of the %s profile', (profile) => {
  const files = unitFiles(installation({ profile }))

  it.each(files.map(({ path, text }) => [path, text]))('%s', async (path, text) => {
    await expect(text).toMatchFileSnapshot(join(golden, profile, path.replaceAll(/[/\\]/g, '_')))
  })

  it('are one of each, and all of them readable', () => {
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length)
    for (const { text } of files) {
      expect(text).toMatch(/^# Made by jrctl install\.\n/)
      expect(text.split('\n').filter((line) => line.startsWith('#') && line.length > 102)).toEqual([])
    }
  })
})

describe('a user’s units', () => {
  it.each(
    unitFiles(installation({ scope: 'user', account: null, stateDir: '/home/ada/.local/state/jrctl' })),
  )('$path names no account and nothing of the machine’s manager', ({ text }) => {
    expect(text).not.toMatch(/^(?:User|StateDirectory)=|network-online|multi-user/m)
  })
})

describe('what is enabled', () => {
  it('is the daemon and the timer where the daemon runs the workers', () => {
    expect(enabledUnits(installation())).toEqual(['jr-orchestrator.service', 'jr-health-check.timer'])
  })

  it('is the workers too where systemd does, after the daemon', () => {
    expect(enabledUnits(installation({ profile: 'hardened' }))).toEqual([
      'jr-orchestrator.service',
      'jr-queue-worker@Research\\x20Jr..service',
      'jr-queue-worker@Research\\x20Jr.:2.service',
      'jr-queue-worker@it_triad_jr.service',
      'jr-health-check.timer',
    ])
  })

  it('is no timer where cron runs the check', () => {
    const cron = installation({ healthTimer: false })
    expect(enabledUnits(cron)).toEqual(['jr-orchestrator.service'])
    expect(unitFiles(cron).map(({ path }) => path)).not.toContain('jr-health-check.service')
  })
})

describe('what cannot be put into units', () => {
  it.each([
    ['nothing of it', {}, []],
    ['root shut in', { profile: 'hardened' as const, account: null }, ['name an account']],
    [
      'a name that is too long for a unit',
      { profile: 'hardened' as const, workers: [unitWorker({ name: '研究'.repeat(11) })] },
      ['would have 288 characters'],
    ],
    ['a schedule', { profile: 'hardened' as const, scheduled: ['Night Jr.'] }, ['Night Jr. has a schedule']],
    ['a path with a line break', { config: '/etc/a\nb' }, ['"/etc/a\\nb"']],
    [
      'a path that would go on in the next line',
      { environmentFile: '/etc/a\\' },
      ['cannot stand in a unit file'],
    ],
    ['a program with quotes', { program: '/opt/"a"/jrctl' }, ['systemd refuses quotes']],
    ['a need of two words', { needs: ['foo bar.service'] }, ['"foo bar.service": no unit can be called so']],
    [
      'a need that goes on in the next line',
      {
        needs: [
          'postgresql@16-main.service',
          'a.service\nExecStartPre=/bin/touch /evil.service',
          '%n.service',
        ],
      },
      ['no unit can be called so', 'no unit can be called so'],
    ],
    ['a need of no type', { needs: ['postgresql'] }, ['no unit can be called so']],
    ['a path from nowhere', { program: 'jrctl' }, ['must be absolute']],
  ])('%s', (_, changes, expected) => {
    const problems = unitProblems(installation(changes))
    expect(problems).toEqual(expected.map((part) => expect.stringContaining(part)))
  })

  it('workers of another account, where the database is the daemon’s alone', () => {
    const other = unitWorker({ name: 'A Jr.', user: 'agents', notifies: true })
    const changes = { scope: 'system', profile: 'hardened', account: 'jr', workers: [other] } as const
    expect(unreachableProblems(changes)).toEqual([expect.stringContaining('A Jr.: agents cannot reach')])
    for (const one of [{ user: null }, { user: 'jr' }, { notifies: false }])
      expect(unreachableProblems({ ...changes, workers: [{ ...other, ...one }] })).toEqual([])
    expect(unreachableProblems({ ...changes, profile: 'standard' })).toEqual([])
    expect(unreachableProblems({ ...changes, scope: 'user', account: null })).toEqual([])
  })

  it('tells of workers that nobody may start as whom they are to run', () => {
    const changes = installation({
      workers: [unitWorker({ name: 'A Jr.', user: 'agents' }), unitWorker({ user: 'jr' })],
    })
    expect(foreignUsers(changes)).toEqual([
      expect.stringMatching(/^A Jr\. cannot run as agents: .*--account root/),
    ])
    expect(foreignUsers({ ...changes, scope: 'user' })).toEqual([
      expect.stringContaining('leave out its user'),
    ])
    expect(foreignUsers({ ...changes, profile: 'hardened' })).toEqual([])
    expect(foreignUsers({ ...changes, account: 'root' })).toEqual([])
  })

  it('keeps a schedule, and long names, where the daemon runs the workers', () => {
    const workers = [unitWorker({ name: '研究'.repeat(20) })]
    expect(unitProblems(installation({ workers, scheduled: ['Night Jr.'], account: null }))).toEqual([])
  })
})
