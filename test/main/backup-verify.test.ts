import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { verifyBackup } from '../../src/main/backup-verify.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const verify = (file: string) =>
  verifyBackup({ file, progress: () => {}, signal: new AbortController().signal })

it('says of a folder that it is one, and which backup in it is the newest', async () => {
  await expect(verify(folder)).rejects.toMatchObject({
    message: `${folder} is a folder, and a backup is one file`,
  })
  for (const day of ['21', '22', '20'])
    writeFileSync(join(folder, `jrctl-n-202611${day}T091500Z.tar.zst`), '')
  await expect(verify(folder)).rejects.toMatchObject({
    hint: `The newest backup in it is ${folder}/jrctl-n-20261122T091500Z.tar.zst`,
    exit: 2,
  })
})

it('says what is no file, and what is not there', async () => {
  await expect(verify('/dev/null')).rejects.toMatchObject({ message: '/dev/null is not a file', exit: 2 })
  await expect(verify(join(folder, 'nothing'))).rejects.toMatchObject({ exit: 3 })
})
