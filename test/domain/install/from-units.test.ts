import { describe, expect, it } from 'vitest'
import { installedAs } from '../../../src/domain/install/from-units.ts'
import { daemonFile } from '../../../src/domain/units/daemon-unit.ts'
import type { Installation } from '../../../src/domain/units/unit-files.ts'

const installation: Installation = {
  scope: 'system',
  profile: 'hardened',
  program: '/usr/local/bin/jrctl',
  config: '/etc/jrctl/config.toml',
  account: 'fleet2',
  needs: ['postgresql.service', 'llm.service'],
  workers: [],
  scheduled: [],
  stateDir: '/var/lib/jrctl',
  logsDir: '/var/log/jrctl',
  sockets: [],
  environmentFile: '/etc/jrctl/environment',
  stopMs: 1,
  healthTimer: true,
}

describe('how was installed, by the unit alone', () => {
  it.each([
    [{}],
    [{ profile: 'standard', needs: [] }],
    [{ scope: 'user', account: null }],
    [{ config: '/srv/50% of "it" for $5/the \\config.toml', program: '/opt/a b/jrctl' }],
  ] satisfies [Partial<Installation>][])('is what was asked for: %j', (changes) => {
    const wanted = { ...installation, ...changes }
    const { profile, account, config, needs } = wanted
    expect(installedAs(daemonFile(wanted).text)).toEqual({ profile, account, config, needs })
  })

  it('is not known by another unit', () => {
    expect(installedAs('')).toBeNull()
    expect(installedAs('[Service]\nExecStart=/usr/bin/jr-old\nUser=jr\n')).toBeNull()
  })
})
