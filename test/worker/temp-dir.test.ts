import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeTempDir } from '../../src/worker/temp-dir.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

test('what killed workers left is removed, and nothing else', async () => {
  const ended = spawnSync('true').pid
  mkdirSync(join(base, `jrctl-work-${ended}-abc/7-x`), { recursive: true })
  for (const name of [`jrctl-work-${process.pid}-def`, 'jrctl-work-x-ghi', 'other'])
    mkdirSync(join(base, name))
  writeFileSync(join(base, `jrctl-work-${ended}-file`), '')
  const made = await makeTempDir(base, process.pid)
  const left = readdirSync(base).filter((name) => join(base, name) !== made)
  expect(left.toSorted()).toEqual(
    ['jrctl-work-x-ghi', `jrctl-work-${process.pid}-def`, `jrctl-work-${ended}-file`, 'other'].toSorted(),
  )
})

test('a folder that cannot be listed only fails where one is made', async () => {
  await expect(makeTempDir(join(base, 'none'), 1)).rejects.toThrow(/ENOENT/)
})
