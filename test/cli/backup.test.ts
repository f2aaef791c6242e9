import { expect, it } from 'vitest'
import type {
  BackupMade,
  BackupOrder,
  BackupSeen,
  RestoreDone,
  RestoreOrder,
} from '../../src/cli/backup/service.ts'
import { commands } from '../../src/cli/commands.ts'
import { manifestOf } from '../support/backup.ts'
import { fakeCli } from './fake-cli.ts'

const figures = { files: 3, contentBytes: 4_096, bytes: 1_024, sha256: 'ab' }
const seen: BackupSeen = { file: '/b', manifest: manifestOf(), ...figures, ledgerEntries: 7 }
const made: BackupMade = { file: '/b', manifest: manifestOf(), ...figures, removed: [], notes: [] }
const done: RestoreDone = {
  ...seen,
  dryRun: false,
  stateDir: '/state',
  replaced: ['postgres', 'state.sqlite'],
  aside: '/state/before-restore-20261122T091500Z',
  node: 'host-1a2b',
  otherNode: null,
  tasksGivenBack: 2,
  workersForgotten: 1,
  config: null,
  notes: ['something to know'],
  obstacles: [],
}

async function jrctl(
  line: string[],
  answers: { made?: Partial<BackupMade>; done?: Partial<RestoreDone> } = {},
  json = false,
) {
  const asked: { create?: BackupOrder; restore?: RestoreOrder; verify?: string } = {}
  const [name, ...args] = line
  const cli = fakeCli({
    args,
    json,
    cwd: '/here',
    local: {
      backup: {
        async create(order) {
          asked.create = order
          return { ...made, ...answers.made }
        },
        async verify({ file }) {
          asked.verify = file
          return seen
        },
        async restore(order) {
          asked.restore = order
          return { ...done, ...answers.done }
        },
      },
    },
  })
  const code = await (await commands.find((command) => command.name === name)?.load())?.run(cli)
  return { code, cli, asked }
}

it('backs up with the secrets and all that is there, unless told otherwise', async () => {
  const { code, cli, asked } = await jrctl(['backup', 'b'])
  expect(code).toBe(0)
  expect(asked.create).toMatchObject({ target: 'b', secrets: true, keep: null, stateDir: undefined })
  expect(cli.out).toMatch(/^Backed up into \/b\n +node +host-1a2b, on host\n/)
  const other = await jrctl(['backup', 'dir', '--without-secrets', '--keep', '3', '--state-dir', 's'])
  expect(other.asked.create).toMatchObject({ target: 'dir', secrets: false, keep: 3, stateDir: 's' })
  await expect(jrctl(['backup', 'dir', '--keep', '0'])).rejects.toThrow(/whole number from 1/)
  await expect(jrctl(['backup'])).rejects.toThrow(/missing required argument/)
})

it('prints nothing where the backup itself goes', async () => {
  const { cli } = await jrctl(['backup', '-'], { made: { file: null } }, true)
  expect(cli.out).toBe('')
  expect(cli.err).toContain('SHA-256 ab')
})

it('verifies a file by its path', async () => {
  const { cli, asked } = await jrctl(['backup', 'verify', 'b'])
  expect(asked.verify).toBe('/here/b')
  expect(cli.out).toContain('/b is whole: 3 files as they were written')
})

it('restores, and says what gave way, where it went, and who waits again', async () => {
  const { cli, asked } = await jrctl(['restore', 'b', '--force'])
  expect(asked.restore).toMatchObject({ file: '/here/b', force: true, dryRun: false, keepNode: false })
  expect(cli.err).toBe('something to know\n')
  expect(cli.out.split('\n').slice(-7)).toEqual([
    'Restored into /state',
    '  replaces       postgres, state.sqlite',
    '  the old is in  /state/before-restore-20261122T091500Z',
    '  node           host-1a2b',
    '  tasks          2 tasks at work then wait again',
    '  workers        1 instance of then forgotten',
    '',
  ])
})

it('says of a trial what would be, and nothing that was', async () => {
  const { cli } = await jrctl(['restore', 'b', '--dry-run'], {
    done: { dryRun: true, node: null, otherNode: 'folder' },
  })
  expect(cli.out).toContain('It would be restored into /state; nothing was changed')
  expect(cli.out).toContain('a new one, since this is another folder than it was taken of;')
  expect(cli.out).toContain('--keep-node keeps it')
  expect(cli.out).not.toContain('wait again')
})

it('fails a trial of what would be refused, and says all that is in the way', async () => {
  const obstacles = [
    { message: 'A daemon, pid 7, uses it', hint: 'Stop it first.' },
    { message: 'it holds a state\nalready', hint: null },
  ]
  const { code, cli } = await jrctl(['restore', 'b', '--dry-run'], { done: { dryRun: true, obstacles } })
  expect(code).toBe(1)
  expect(cli.out).toContain(
    [
      'It would not be restored into /state, as things are; nothing was changed',
      '  in the way     A daemon, pid 7, uses it',
      '                 Stop it first.',
      '  in the way     it holds a state',
    ].join('\n'),
  )
})

it('cleans what a backup from elsewhere says of itself', async () => {
  const manifest = manifestOf({ node: '\u001b[31mred\u001b[0m', host: 'h\r\nx' })
  const { cli } = await jrctl(['backup', 'b'], { made: { manifest } })
  expect(cli.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
})

it('answers as JSON, versioned', async () => {
  const { cli } = await jrctl(['restore', 'b'], {}, true)
  expect(JSON.parse(cli.out)).toMatchObject({ apiVersion: 1, stateDir: '/state', manifest: manifestOf() })
})
