import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
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

// Only root can be somebody else.
it.runIf(process.getuid?.() === 0)(
  'names the account that may read a backup which is closed to this one',
  () => {
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'b'), '', { mode: 0o600 })
    mkdirSync(join(folder, 'closed'), { mode: 0o700 })
    writeFileSync(join(folder, 'closed', 'b'), '')
    const script = `
    const { verifyBackup } = await import(${JSON.stringify(resolve('src/main/backup-verify.ts'))})
    const told = (file) => verifyBackup({ file }).catch(({ code, message, hint }) => console.log(code, message, hint))
    await told(process.argv[1] + '/b')
    await told(process.argv[1] + '/closed/b')`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, folder], {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const [open, closed] = stdout.split('\n')
    expect(open).toBe(
      `backup.unreadable ${folder}/b is not for this account (nobody) to read It belongs to root: do it as that account. Or have root give this one a copy of it: install -m 600 -o nobody ${folder}/b /tmp/`,
    )
    expect(closed).toContain('It lies in a folder that is closed to it')
  },
)
