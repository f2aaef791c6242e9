import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { profileWords } from '../../../src/domain/units/profile-words.ts'
import { unitFiles } from '../../../src/domain/units/unit-files.ts'
import type { Installation } from '../../../src/domain/units/unit-files.ts'
import { escapedForUnit } from '../../../src/domain/units/unit-name.ts'
import { installation } from '../../domain/units/installation.ts'

/** The Debian package systemd brings both; nothing of it has to run. */
const isMissing = ['systemd-analyze', 'systemd-escape'].some(
  (program) => spawnSync(program, ['--version']).error !== undefined,
)
const where = isMissing ? ' (skipped: no systemd-analyze here)' : ''

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jrctl-units-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** The units in a folder of their own, with a program that is there. */
async function written(changes: Partial<Installation>): Promise<string[]> {
  const program = join(dir, 'jrctl')
  await writeFile(program, '#!/bin/sh\n')
  await chmod(program, 0o755)
  const files = unitFiles(installation({ program, ...changes }))
  for (const file of files) {
    const target = join(dir, 'units', file.path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, file.text)
  }
  return files.map((file) => join(dir, 'units', file.path))
}

function analyze(...args: string[]): { code: number | null; said: string[] } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, {
    encoding: 'utf8',
    env: {
      ...process.env,
      HOME: dir,
      XDG_RUNTIME_DIR: dir,
      SYSTEMD_UNIT_PATH: `${join(dir, 'units')}:`,
      SYSTEMD_LOG_LEVEL: 'warning',
    },
    timeout: 60_000,
  })
  return { code: status, said: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') }
}

/** Known from systemd 254 on; those before say that they ignore it. */
const newer = /Unknown key (?:name )?'DelegateSubgroup'/

const kinds = (['standard', 'hardened'] as const).flatMap((profile) =>
  (['system', 'user'] as const).map((scope) => ({ profile, scope })),
)

describe.skipIf(isMissing)(`the units as systemd reads them${where}`, () => {
  it.each(kinds)('are right: $profile, $scope', async ({ profile, scope }) => {
    const account = scope === 'system' ? 'root' : null
    const files = await written({ profile, scope, account })
    const units = files.filter((path) => !path.endsWith('.conf'))
    const { said } = analyze('verify', '--man=no', ...(scope === 'user' ? ['--user'] : []), ...units)
    expect(said.filter((line) => !newer.test(line))).toEqual([])
  })

  it('would be told of a mistake', async () => {
    const [unit = ''] = await written({})
    await writeFile(unit, '[Service]\nExecStart=/bin/true\nType=nonsense\nRestrat=always\n')
    expect(analyze('verify', '--man=no', unit).said.join('\n')).toMatch(/nonsense[\s\S]*Restrat/)
  })
})

/** In tenths, as systemd-analyze takes it. */
const exposureMax = 20

describe.skipIf(isMissing)(`how far the hardened units are open${where}`, () => {
  const exposure = (...args: string[]) =>
    analyze('security', '--offline=true', `--threshold=${exposureMax}`, '--no-pager', ...args)

  it('is little', async () => {
    const files = await written({ profile: 'hardened' })
    for (const name of ['jr-orchestrator.service', 'jr-health-check.service']) {
      const { code, said } = exposure(files.find((path) => basename(path) === name) ?? '')
      expect(said.at(-1)).toMatch(/Overall exposure level/)
      expect({ name, code, overall: said.at(-1) }).toMatchObject({ code: 0 })
    }
  })

  it.each(['standard', 'hardened'] as const)('is told as it is: %s', async (profile) => {
    const [daemon = ''] = await written({ profile })
    const overall = /Overall.*: (\d+\.\d) /.exec(exposure(daemon).said.join('\n'))?.[1]
    expect(profileWords[profile].join(' ')).toContain(`exposure ${overall} of 10`)
  })

  it('would be too much with one hole more', async () => {
    const files = await written({ profile: 'hardened' })
    const unit = files.find((path) => basename(path) === 'jr-orchestrator.service') ?? ''
    const text = unitFiles(installation({ profile: 'hardened' }))[0]?.text ?? ''
    await writeFile(unit, text.replace(/^CapabilityBoundingSet=$/m, ''))
    expect(exposure(unit).code).not.toBe(0)
  })
})

describe.skipIf(isMissing)(`names as systemd-escape writes them${where}`, () => {
  it('are the same, whatever the name', () => {
    const names = fc.sample(fc.string({ unit: 'grapheme', minLength: 1 }), 200)
    const escaped = execFileSync('systemd-escape', ['--', ...names], { encoding: 'utf8' })
    expect(names.map((name) => escapedForUnit(name))).toEqual(escaped.trimEnd().split(' '))
  })
})
