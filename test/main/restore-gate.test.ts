import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import type { Origin } from '../../src/main/origin.ts'
import { commandAs, requireOurs } from '../../src/main/restore-access.ts'
import { requireMeant } from '../../src/main/restore-gate.ts'
import { manifestOf } from '../support/backup.ts'

const order = {
  file: '/b c',
  stateDir: undefined,
  dryRun: false,
  force: true,
  keepNode: false,
  progress() {},
  signal: new AbortController().signal,
}
const origin: Origin = { process, configPath: undefined, json: false, clock: systemClock(), installed: null }

let dir: string
beforeEach(() => {
  dir = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('whose folder it is', () => {
  it('may be ours, or be there not yet', async () => {
    await expect(requireOurs(order, dir, origin)).resolves.toBeUndefined()
    await expect(requireOurs(order, join(dir, 'none'), origin)).resolves.toBeUndefined()
  })

  // Only root can give a folder away.
  it.runIf(process.getuid?.() === 0)(
    "is refused to root where it is another's, with the command for that one",
    async () => {
      const state = join(dir, 'state')
      mkdirSync(state)
      chownSync(state, 65_534, 65_534)
      await expect(requireOurs(order, state, origin)).rejects.toMatchObject({
        code: 'backup.not_ours',
        message: `${state} belongs to nobody`,
        hint: expect.stringContaining("sudo -u nobody jrctl restore '/b c' --force "),
      })
    },
  )

  it('repeats all that was asked for', () => {
    const asked = { ...order, stateDir: '/s', dryRun: true, keepNode: true }
    expect(commandAs('jr', asked, { configPath: '/c.toml' })).toBe(
      "sudo -u jr jrctl restore '/b c' --config /c.toml --state-dir /s --dry-run --force --keep-node",
    )
  })
})

describe('the place that is meant', () => {
  const asked = (change: { stateDir?: string; takenOf: string | null; installed?: Origin['installed'] }) =>
    requireMeant(
      { file: '/b', stateDir: change.stateDir },
      { manifest: manifestOf({ stateDir: change.takenOf }) },
      { stateDir: dir },
      {
        process: { ...process, env: {} },
        installed: change.installed ?? null,
      },
    )

  it('is where it was taken of, also by a link', async () => {
    await asked({ takenOf: dir })
    const link = `${dir}/link`
    symlinkSync(dir, link)
    await asked({ takenOf: link })
  })

  it('is asked for where it is another, and both are named', async () => {
    await expect(asked({ takenOf: '/var/lib/jrctl' })).rejects.toMatchObject({
      message: `/b was taken of /var/lib/jrctl, and would go to ${dir}`,
      hint: `Say which is meant: --state-dir /var/lib/jrctl or --state-dir ${dir}`,
    })
    await asked({ takenOf: '/var/lib/jrctl', stateDir: dir })
  })

  it('is asked for beside an installed fleet, where the backup does not tell', async () => {
    const installed = {
      kind: 'another',
      record: '/etc/jrctl/install.json',
      config: '/etc/jrctl/config.toml',
      inUse: null,
    } as const
    await expect(asked({ takenOf: null, installed })).rejects.toMatchObject({
      hint: expect.stringContaining('--config /etc/jrctl/config.toml or --state-dir '),
    })
    await asked({ takenOf: null })
  })
})
