import { expect, it } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import type { Installed } from '../../src/main/installed.ts'
import { asOfInstalled } from '../../src/main/run-daemon-command.ts'
import { sandbox } from '../config/fixture.ts'

const start = 'Start it with: sudo systemctl start jr-orchestrator.service'
const forbidden = new OperationalError('/s belongs to user 994', {
  code: 'state.forbidden',
  retryable: false,
  hint: 'name a directory for jrctl alone',
})
const installedAt = (stateDir: string): Installed => ({
  kind: 'joined',
  scope: 'system',
  record: '/etc/jrctl/install.json',
  places: { STATE_DIRECTORY: stateDir },
  taken: {},
  environmentFile: '/etc/jrctl/environment',
  unread: null,
})
const as = (uid: number) => Object.assign(Object.create(process) as NodeJS.Process, { geteuid: () => uid })
const other = (process.geteuid?.() ?? 0) + 1

it('leads nobody who starts the installed fleet by hand to a second one of its configuration', async () => {
  using box = sandbox()
  const installed = installedAt(box.root)
  expect(await asOfInstalled(forbidden, { installed, process: as(other) }, start)).toMatchObject({
    message: forbidden.message,
    code: 'state.forbidden',
    hint: `It is the installed fleet's. ${start}`,
  })
})

it('leaves all else as it was said', async () => {
  using box = sandbox()
  const installed = installedAt(box.root)
  expect(await asOfInstalled(forbidden, { installed, process }, start)).toBeNull()
  expect(await asOfInstalled(forbidden, { installed: null, process: as(other) }, start)).toBeNull()
  expect(await asOfInstalled(new Error('x'), { installed, process: as(other) }, start)).toBeNull()
})
