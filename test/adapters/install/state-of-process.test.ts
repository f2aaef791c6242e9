import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { stateDirOf } from '../../../src/adapters/install/state-of-process.ts'

let folder: string
let child: ChildProcess | null = null

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'jrctl-state-of-')))
})
afterEach(async () => {
  if (child !== null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  child = null
  rmSync(folder, { recursive: true })
})

/** A process that says when it is as it is to be. */
async function running(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  child = spawn('sh', ['-c', `${script} echo ready; read end`, 'sh'], { cwd, env: { PATH: '/bin', ...env } })
  if (child.stdout !== null) await once(child.stdout, 'data')
  return child.pid ?? 0
}

it('a daemon is told by its lock, whatever its environment says', async () => {
  writeFileSync(join(folder, 'daemon.lock'), '')
  const daemon = await running('exec 9>daemon.lock;', folder, { JRCTL_STATE_DIR: '/elsewhere' })
  expect(stateDirOf(daemon)).toBe(folder)
})

it('a worker is told by its environment', async () => {
  expect(stateDirOf(await running('', '/', { JRCTL_STATE_DIR: '/srv/x' }))).toBe('/srv/x')
})

it('the database is told by its data, and nobody else by anything', async () => {
  mkdirSync(join(folder, 'postgres/data'), { recursive: true })
  expect(stateDirOf(await running('', join(folder, 'postgres/data'), {}))).toBe(folder)
  expect(stateDirOf(1)).toBeNull()
  expect(stateDirOf(2 ** 22 + 1)).toBeNull()
})
