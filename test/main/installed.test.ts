import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recordText } from '../../src/domain/install/record.ts'
import { findInstalled, type Installed } from '../../src/main/installed.ts'
import { noQueueMadeUp } from '../../src/main/origin.ts'
import { sandbox, type Sandbox } from '../config/fixture.ts'

const stranger = 54_321
const isRoot = process.getuid?.() === 0

/** A machine on which a fleet is installed, with a configuration that says nothing of places. */
function machine(): Sandbox & { look(more?: object): Installed | null; record: string; environment: string } {
  const box = sandbox()
  const config = box.write('etc/config.toml', '')
  const record = box.write('etc/install.json', textOf(config), 0o644)
  const environment = box.write('etc/environment', 'DATABASE_URL=postgres://h/d\n')
  chmodSync(box.root, 0o755)
  const look = (more: object = {}) =>
    findInstalled({ ...box.options, configPath: config, systemFolder: join(box.root, 'etc'), ...more })
  return Object.assign(box, { look, record, environment })
}

function textOf(config: string, scope: 'system' | 'user' = 'system'): string {
  return recordText({
    scope,
    profile: 'standard',
    account: 'jrctl',
    config,
    needs: [],
    program: '/usr/local/bin/jrctl',
    isCopied: true,
    didLinger: false,
    cronOf: null,
    replaced: [],
  })
}

/** Somebody else's, seen from here. Answers as whom to look. */
function give(path: string): { uid: number } {
  if (!isRoot) return { uid: (process.getuid?.() ?? 0) + 1 }
  chownSync(path, stranger, stranger)
  return { uid: 0 }
}

describe('a command that uses the configuration of an installed fleet', () => {
  it('looks where its units look, and knows what they are told', () => {
    using box = machine()
    expect(box.look()).toMatchObject({
      kind: 'joined',
      taken: { STATE_DIRECTORY: '/var/lib/jrctl', DATABASE_URL: 'postgres://h/d' },
      unread: null,
    })
  })

  it('knows the fleet’s own state by any name, wherever it lies, and another by none', () => {
    using box = machine()
    const state = join(box.root, 'data/state')
    mkdirSync(state, { recursive: true })
    symlinkSync(state, join(box.root, 'moved'))
    const named = (path: string) => box.look({ env: { JRCTL_STATE_DIR: path } })?.kind
    expect(['/var/lib/./jrctl', '/var/lib//jrctl/'].map(named)).toEqual(['joined', 'joined'])
    expect(named(state)).toBeUndefined()
    box.write('etc/config.toml', `state_dir = "${state}"\n`)
    expect([state, `${state}/`, join(box.root, 'moved')].map(named)).toEqual(['joined', 'joined', 'joined'])
    expect(named('/var/lib/jrctl')).toBeUndefined()
  })

  it('knows the configuration by any name', () => {
    using box = machine()
    const link = join(box.root, 'link.toml')
    symlinkSync(join(box.root, 'etc/config.toml'), link)
    expect(box.look({ configPath: link })).toMatchObject({ kind: 'joined' })
    expect(box.look({ configPath: undefined, env: { JRCTL_CONFIG: link } })).toMatchObject({ kind: 'joined' })
  })

  it('is that of an account’s own, too', () => {
    using box = machine()
    rmSync(join(box.root, 'etc'), { recursive: true })
    const config = box.write('home/.config/jrctl/config.toml', '')
    box.write('home/.config/jrctl/install.json', textOf(config, 'user'))
    box.write('home/.config/jrctl/environment', 'PGHOST=h\n')
    expect(box.look({ configPath: undefined })).toMatchObject({ kind: 'joined', taken: { PGHOST: 'h' } })
  })

  it('is none where nothing is installed, and another where another configuration is in use', () => {
    using box = machine()
    const other = box.write('other.toml', '')
    const config = join(box.root, 'etc/config.toml')
    expect(box.look({ configPath: other })).toMatchObject({ kind: 'another', config })
    box.remove(box.record)
    expect(box.look()).toBeNull()
  })

  it('is none for a demo that was begun with that configuration, nor for a state directory of one’s own', () => {
    using box = machine()
    expect(box.look({ env: { JRCTL_STATE_DIR: '/elsewhere' } })).toBeNull()
    const config = join(box.root, 'etc/config.toml')
    box.write('work/.jrctl/fleet.json', JSON.stringify({ config }))
    expect(box.look({ configPath: undefined })).toBeNull()
  })
})

describe('a record that nobody should obey', () => {
  const spoil: [string, (box: ReturnType<typeof machine>) => object, RegExp][] = [
    ['of somebody else', ({ record }) => give(record), /belongs to uid/],
    [
      'in a folder of somebody else',
      ({ root }) => give(join(root, 'etc')),
      /lies in a folder that belongs to uid/,
    ],
    ['that others may write', ({ record }) => (chmodSync(record, 0o666), {}), /may be written by others/],
    [
      'in a folder that they may write',
      ({ root }) => (chmodSync(join(root, 'etc'), 0o777), {}),
      /lies in a folder that may be written by others/,
    ],
    ['that is no record', ({ record }) => (writeFileSync(record, '{'), {}), /is damaged/],
    ['of a later version', ({ record }) => (writeFileSync(record, '{"version":2}'), {}), /by a later jrctl/],
    [
      'of another kind of installation',
      ({ record, root }) => (writeFileSync(record, textOf(join(root, 'etc/config.toml'), 'user')), {}),
      /is damaged/,
    ],
    [
      'behind a link',
      ({ record, root }) => {
        rmSync(record)
        symlinkSync(join(root, 'etc/config.toml'), record)
        return {}
      },
      /is a link/,
    ],
    [
      'behind a link to nowhere',
      ({ record }) => (rmSync(record), symlinkSync('/nowhere', record), {}),
      /is a link/,
    ],
    ['that is a folder', ({ record }) => (rmSync(record), mkdirSync(record), {}), /is no small file/],
  ]
  it.each(spoil)('one %s is told of', (_, how, why) => {
    using box = machine()
    expect(box.look(how(box))).toMatchObject({
      kind: 'mistrusted',
      why: expect.stringMatching(why) as string,
    })
  })
})

it.runIf(isRoot).each([
  ['itself', 'etc/install.json', 0o600, (path: string) => `As its owner: chmod a+r ${path}`],
  ['with its folder', 'etc', 0o700, (path: string) => `As the owner of its folder: chmod a+rx ${path}`],
])('a record that is closed %s is told of, and how it is opened', (_, closed, mode, remedy) => {
  using box = machine()
  const path = join(box.root, closed)
  chmodSync(path, mode)
  process.seteuid?.(stranger)
  try {
    // With the folder closed, no configuration is found either.
    const configPath = closed === 'etc' ? undefined : join(box.root, 'etc/config.toml')
    expect(box.look({ uid: stranger, configPath })).toMatchObject({
      kind: 'mistrusted',
      why: 'is closed to this account',
      remedy: remedy(path),
    })
  } finally {
    process.seteuid?.(0)
  }
})

it('has a folder given to root, and not the file in it that is', () => {
  using box = machine()
  const folder = join(box.root, 'etc')
  expect(box.look(give(folder))).toMatchObject({ remedy: `Give that to root: chown root ${folder}` })
})

describe('the environment file', () => {
  it('is not taken from somebody else, nor where others may write it: the way is told', () => {
    using box = machine()
    chmodSync(box.environment, 0o620)
    expect(box.look()).toMatchObject({
      kind: 'joined',
      taken: { STATE_DIRECTORY: '/var/lib/jrctl' },
      unread: { why: 'is not heeded: it may be written by others', remedy: expect.any(String) as string },
    })
    chmodSync(box.environment, 0o600)
    if (!isRoot) return
    chownSync(box.environment, stranger, stranger)
    expect(box.look()).toMatchObject({
      taken: expect.not.objectContaining({ DATABASE_URL: 'postgres://h/d' }) as object,
      unread: {
        remedy: `Ask as ${stranger}: sudo -u ${stranger} jrctl …   Or give it to root: chown root ${box.environment}`,
      },
    })
  })

  it('is read through links, as the units are told by it, while nobody else may write where they lie', () => {
    using box = machine()
    const target = box.write('secrets/of-the-fleet', 'DATABASE_URL=postgres://linked/d\n')
    rmSync(box.environment)
    symlinkSync('../secrets/one', box.environment)
    symlinkSync('of-the-fleet', join(box.root, 'secrets/one'))
    expect(box.look()).toMatchObject({ taken: { DATABASE_URL: 'postgres://linked/d' }, unread: null })
    for (const [at, mode] of [
      [target, 0o600],
      [join(box.root, 'secrets'), 0o700],
    ] as const) {
      chmodSync(at, mode | 0o022)
      expect(box.look()).toMatchObject({
        taken: expect.not.objectContaining({ DATABASE_URL: expect.anything() as string }) as object,
        unread: { why: expect.stringContaining('may be written by others') as string },
      })
      chmodSync(at, mode)
    }
    rmSync(target)
    expect(box.look()).toMatchObject({ unread: null })
    symlinkSync('one', target)
    expect(box.look()).toMatchObject({ unread: { why: 'is not heeded: it is a link' } })
  })

  it.runIf(isRoot)('says who may read one that is closed to us', () => {
    using box = machine()
    process.seteuid?.(stranger)
    try {
      expect(box.look({ uid: stranger })).toMatchObject({
        kind: 'joined',
        taken: { STATE_DIRECTORY: '/var/lib/jrctl' },
        unread: { why: 'is closed to this account', remedy: 'Ask as root: sudo jrctl …' },
      })
    } finally {
      process.seteuid?.(0)
    }
  })
})

it('has a command of an installed fleet make up no queue of its own', () => {
  using box = machine()
  expect(noQueueMadeUp({ installed: null })).toBeNull()
  expect(noQueueMadeUp({ installed: box.look() })?.message).toContain('neither by the installed fleet')
  const apart = { kind: 'another', record: box.record, config: '/srv/f/c.toml' } as const
  expect(noQueueMadeUp({ installed: { ...apart, inUse: '/home/joe/own.toml' } })).toBeNull()
  expect(noQueueMadeUp({ installed: { ...apart, inUse: null } })).toMatchObject({
    message: expect.stringContaining('the installed fleet runs with /srv/f/c.toml') as string,
  })
  const mistrusted = {
    kind: 'mistrusted',
    scope: 'system',
    record: box.record,
    why: 'is a link',
    remedy: 'Let it be.',
  } as const
  expect(noQueueMadeUp({ installed: mistrusted })).toMatchObject({ hint: 'Let it be.' })
  chmodSync(box.environment, 0o622)
  expect(noQueueMadeUp({ installed: box.look() })).toMatchObject({
    message: expect.stringContaining('may be written by others') as string,
    hint: expect.stringContaining('chmod go-w') as string,
  })
})
