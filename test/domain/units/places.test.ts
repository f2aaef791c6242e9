import { describe, expect, it } from 'vitest'
import { ownFolders } from '../../../src/domain/units/places.ts'
import { type Installation, unitFiles } from '../../../src/domain/units/unit-files.ts'
import { installation } from './installation.ts'

/** The settings of a unit, by name; of one that is there twice, the last. */
function settingsOf(
  changes: Partial<Installation>,
  unit = 'jr-orchestrator.service',
): Record<string, string> {
  const text = unitFiles(installation(changes)).find(({ path }) => path === unit)?.text ?? ''
  return Object.fromEntries(
    text
      .split('\n')
      .flatMap((line) => (/^\w+=/.test(line) ? [[line.split('=')[0], line.replace(/^\w+=/, '')]] : [])),
  )
}

describe('folders', () => {
  it('below systemd’s own are made by it, private', () => {
    const changes = { stateDir: '/var/lib/jrctl/prod', logsDir: '/var/log/jrctl' }
    expect(settingsOf(changes)).toMatchObject({
      StateDirectory: 'jrctl/prod',
      StateDirectoryMode: '0700',
      LogsDirectory: 'jrctl',
      LogsDirectoryMode: '0700',
    })
    expect(ownFolders(installation(changes))).toEqual([])
  })

  it.each([
    [{ stateDir: '/srv/fleet', logsDir: '/srv/fleet/logs' }, ['/srv/fleet']],
    [{ stateDir: '/srv/my fleet', logsDir: '/srv/logs' }, ['/srv/my fleet', '/srv/logs']],
    [{ stateDir: '/var/lib/a:b', logsDir: '/var/lib/a:b/logs' }, ['/var/lib/a:b']],
    [{ stateDir: '/var/lib/../etc', logsDir: '/var/lib/../etc/logs' }, ['/var/lib/../etc']],
  ])('elsewhere have to be there, and may be written to: %j', (places, folders) => {
    expect(ownFolders(installation(places))).toEqual(folders)
    const written = settingsOf({ ...places, profile: 'hardened' })
    expect(written['StateDirectory']).toBeUndefined()
    expect(written['ReadWritePaths']).toBe(
      folders.map((one) => (one.includes(' ') ? `"${one}"` : one)).join(' '),
    )
  })

  it('of a person are that person’s', () => {
    const places = { scope: 'user' as const, account: null, stateDir: '/home/ada/.local/state/jrctl' }
    const user = { ...places, logsDir: `${places.stateDir}/logs` }
    expect(ownFolders(installation(user))).toEqual([places.stateDir])
    expect(settingsOf({ ...user, profile: 'hardened' })).toMatchObject({
      ProtectHome: 'read-only',
      ReadWritePaths: places.stateDir,
    })
  })

  it('are told to the units beside the daemon', () => {
    const template = unitFiles(installation()).find(({ path }) => path === 'jr-queue-worker@.service')?.text
    expect(template).toContain('\nEnvironment=STATE_DIRECTORY=/var/lib/jrctl\n')
    expect(template).toContain('\nEnvironment=RUNTIME_DIRECTORY=%t/jrctl\n')
  })
})

describe('the sandbox leaves open what the fleet needs', () => {
  it.each([
    ['all is where services have it', {}, { ProtectHome: 'yes', PrivateTmp: 'yes' }],
    [
      'the program is in a home',
      { program: '/home/ada/jrctl' },
      { ProtectHome: 'read-only', PrivateTmp: 'yes' },
    ],
    [
      'a socket is in /tmp',
      { sockets: ['/tmp/jrctl-1/jrctl.sock'] },
      { ProtectHome: 'yes', PrivateTmp: undefined },
    ],
    [
      'the database’s socket will be in /tmp',
      { stateDir: `/var/lib/${'deep/'.repeat(15)}jrctl` },
      { PrivateTmp: undefined },
    ],
  ])('when %s', (_, changes, expected) => {
    const settings = settingsOf({ profile: 'hardened', ...changes })
    expect({ ProtectHome: settings['ProtectHome'], PrivateTmp: settings['PrivateTmp'] }).toMatchObject(
      expected,
    )
  })

  it('is never one that V8, a restart or the embedded database would not survive', () => {
    const settings = settingsOf({ profile: 'hardened' })
    for (const name of ['MemoryDenyWriteExecute', 'RemoveIPC', 'PrivateUsers', 'Delegate', 'DynamicUser'])
      expect(settings[name]).toBeUndefined()
    expect(settings['KillMode']).toBe('process')
  })
})

describe('where no systemd makes folders', () => {
  it('all are made', () => {
    const places = { stateDir: '/var/lib/jrctl', logsDir: '/var/log/jrctl' }
    expect(ownFolders(installation(places), { bySystemd: false })).toEqual(Object.values(places))
  })
})
