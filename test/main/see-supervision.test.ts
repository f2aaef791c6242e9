import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DaemonFacts } from '../../src/cli/doctor/machine-facts.ts'
import { recordText } from '../../src/domain/install/record.ts'
import { runsByUnits } from '../../src/main/doctor/see-supervision.ts'
import type { Origin } from '../../src/main/origin.ts'
import { policyOf } from '../daemon/policy.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const down: DaemonFacts = { up: false, problem: '', hint: null }
const up = (pid: number): DaemonFacts => ({
  up: true,
  pid,
  uptimeMs: 1,
  phase: 'running',
  degraded: [],
  version: '1',
  elsewhere: null,
  unit: null,
  stateDir: '/s',
})

function installed(profile: 'standard' | 'hardened'): Pick<Origin, 'installed' | 'process'> {
  const record = join(dir, 'install.json')
  const text = recordText({
    scope: 'system',
    profile,
    account: 'jrctl',
    config: '/c',
    needs: [],
    program: '/p',
    isCopied: false,
    didLinger: false,
    cronOf: null,
    replaced: [],
  })
  writeFileSync(record, text, { mode: 0o600 })
  const environmentFile = '/none'
  return {
    process,
    installed: {
      kind: 'joined',
      scope: 'system',
      record,
      environmentFile,
      places: {},
      taken: {},
      unread: null,
    },
  }
}

it('is as the units say, where no daemon runs, and not as this shell', async () => {
  const policy = policyOf()
  expect(await runsByUnits(policy, down, { process, installed: null })).toBe(false)
  expect(await runsByUnits(policy, down, installed('standard'))).toBe(false)
  expect(await runsByUnits(policy, down, installed('hardened'))).toBe(true)
  const written = { supervisor: { ...policy.supervisor, workers: 'units' } } as const
  expect(await runsByUnits(written, down, { process, installed: null })).toBe(true)
})

it('is as the daemon that runs was told', async () => {
  const child = spawn('sh', ['-c', 'echo up; read -r _'], {
    env: { ...process.env, JRCTL_SUPERVISOR_WORKERS: 'units' },
  })
  await once(child.stdout, 'data')
  try {
    expect(await runsByUnits(policyOf(), up(child.pid ?? 0), installed('standard'))).toBe(true)
  } finally {
    child.stdin.end()
    await once(child, 'exit')
  }
})
