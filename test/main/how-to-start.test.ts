import { expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { howToStart } from '../../src/main/how-to-start.ts'
import type { Installed } from '../../src/main/installed.ts'
import { openForLook } from '../../src/main/open-for-look.ts'
import { sandbox } from '../config/fixture.ts'

const joined: Installed = {
  kind: 'joined',
  scope: 'system',
  record: '/etc/jrctl/install.json',
  places: {},
  taken: {},
  environmentFile: '/etc/jrctl/environment',
  unread: null,
}

const mistrusted = {
  kind: 'mistrusted',
  scope: 'system',
  record: '/etc/jrctl/install.json',
  why: 'is closed to this account',
  remedy: 'As its owner: chmod a+r /etc/jrctl/install.json',
} as const

const withSystemd = (installed: Installed | null) => howToStart(installed, () => true)

it('starts an installed fleet by its unit, where there is a systemd', () => {
  expect(withSystemd(joined)).toBe('Start it with: sudo systemctl start jr-orchestrator.service')
  expect(withSystemd({ ...joined, scope: 'user' })).toBe(
    'Start it with: systemctl --user start jr-orchestrator.service',
  )
  expect(howToStart(joined, () => false)).toBeNull()
  expect(withSystemd(null)).toBeNull()
})

it('names the configuration of the installed fleet to whom uses another one', () => {
  const another: Installed = {
    kind: 'another',
    record: '/etc/jrctl/install.json',
    config: '/srv/a fleet.toml',
    inUse: null,
  }
  expect(withSystemd(another)).toContain("ask it: jrctl --config '/srv/a fleet.toml' …")
})

it('leads nobody to a second fleet whose record of the first is not heeded', () => {
  expect(withSystemd(mistrusted)).toContain(mistrusted.remedy)
  expect(withSystemd(mistrusted)).not.toContain('jrctl daemon')
})

it('says so where the embedded database is missed', async () => {
  using box = sandbox()
  const { policy } = await loadPolicy({
    ...box.options,
    env: { JRCTL_STATE_DIR: box.root },
    path: box.write('jrctl.toml', '[queue]\nembedded = true\n'),
  })
  const origin = {
    process: Object.assign(Object.create(process) as NodeJS.Process, { env: {} }),
    configPath: undefined,
    json: false,
    clock: systemClock(),
    installed: mistrusted,
  }
  await expect(openForLook('a test', policy, origin)).rejects.toMatchObject({
    code: 'db.unreachable',
    hint: expect.stringContaining(mistrusted.remedy) as string,
  })
})
