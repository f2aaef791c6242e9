import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeSum } from '../../bin/package-sum.mts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('lets sha256sum tell a whole copy from one that broke off', async () => {
  const file = join(folder, 'jrctl')
  writeFileSync(file, 'all of it')
  await writeSum(file)
  expect(readdirSync(folder).toSorted()).toEqual(['jrctl', 'jrctl.sha256'])
  const check = () => spawnSync('sha256sum', ['-c', 'jrctl.sha256'], { cwd: folder, encoding: 'utf8' })
  expect(check()).toMatchObject({ status: 0, stdout: 'jrctl: OK\n' })
  truncateSync(file, 5)
  expect(check()).toMatchObject({ status: 1, stdout: 'jrctl: FAILED\n' })
})
