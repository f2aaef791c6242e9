import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isStateThere } from '../../src/main/backup-access.ts'

const isRoot = process.getuid?.() === 0
let dir: string
beforeEach(() => {
  dir = mkdtempSync('/tmp/jrctl-test-')
  chmodSync(dir, 0o755)
  mkdirSync(join(dir, 'state'), { mode: 0o700 })
  writeFileSync(join(dir, 'state/state.sqlite'), '')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('is there, or is not', async () => {
  const state = join(dir, 'state')
  expect(await isStateThere(join(state, 'state.sqlite'), state)).toBe(true)
  expect(await isStateThere(join(state, 'none'), state)).toBe(false)
})

it.runIf(isRoot)('is refused to root, too, who would leave files of his own there', async () => {
  const state = join(dir, 'state')
  chownSync(state, 65_534, 65_534)
  await expect(isStateThere(join(state, 'state.sqlite'), state)).rejects.toMatchObject({
    code: 'backup.not_ours',
  })
})

// Only root can be somebody else.
it.runIf(isRoot)("names the account to do it as, where the state is another's", () => {
  const script = `
    const { isStateThere } = await import(${JSON.stringify(resolve('src/main/backup-access.ts'))})
    await isStateThere(process.argv[1] + '/state.sqlite', process.argv[1]).catch(({ code, hint }) => console.log(code, hint))`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, join(dir, 'state')],
    {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
    },
  )
  expect(stderr).toBe('')
  expect(stdout).toBe(
    'backup.not_ours It belongs to root: do it as that account, into a folder of its own (sudo -u root jrctl backup …).\n',
  )
})
