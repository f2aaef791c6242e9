import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type InstallRecord, recordText } from '../../src/domain/install/record.ts'
import type { Origin } from '../../src/main/origin.ts'
import { installPlace, installedCopy } from '../../src/main/run-install-place.ts'

const copied: InstallRecord = {
  scope: 'system',
  profile: 'standard',
  account: 'jr',
  config: '/etc/jrctl/config.toml',
  needs: [],
  program: '/bin/jrctl',
  isCopied: true,
  didLinger: false,
  cronOf: null,
  replaced: [],
}
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jrctl-install-place-'))
  await mkdir(join(root, 'etc'), { mode: 0o755 })
  await mkdir(join(root, 'bin'))
  await writeFile(join(root, 'bin/jrctl'), '')
})
afterEach(() => rm(root, { recursive: true }))

describe('the copy that a new version takes the place of', () => {
  const layout = { record: '/etc/install.json' }
  const find = (noted: Partial<InstallRecord> = {}) =>
    installedCopy({ layout: { ...layout, root }, record: { ...copied, ...noted } }, { process })
  beforeEach(() => writeFile(join(root, layout.record), recordText(copied), { mode: 0o644 }))

  it('is the noted one, where it is there still', async () => {
    expect(await find()).toBe('/bin/jrctl')
    expect(await find({ program: '/bin/gone' })).toBeNull()
    expect(await find({ isCopied: false })).toBeNull()
    await symlink('jrctl', join(root, 'bin/link'))
    expect(await find({ program: '/bin/link' })).toBeNull()
  })

  it('is none where somebody else may have noted it', async () => {
    await chmod(join(root, layout.record), 0o666)
    expect(await find()).toBeNull()
  })
})

describe('what is installed', () => {
  const noted = () => join(root, 'etc/jrctl/install.json')
  const look = () => installPlace({ scope: 'system', root }, { process } as Origin)
  beforeEach(async () => {
    await mkdir(join(root, 'etc/jrctl'), { mode: 0o755 })
    await writeFile(noted(), recordText(copied), { mode: 0o644 })
  })

  it('is known by the record of whoever installs', async () => {
    expect(await look()).toMatchObject({ record: copied, recordExists: true })
  })

  it('is not taken from what somebody else may have written, or from a link', async () => {
    await chmod(noted(), 0o666)
    await expect(look()).rejects.toThrow('may be written by others: it is not obeyed')
    await chmod(noted(), 0o644)
    await chmod(join(root, 'etc/jrctl'), 0o777)
    await expect(look()).rejects.toThrow('lies in a folder that may be written by others')
    await chmod(join(root, 'etc/jrctl'), 0o755)
    await rm(noted())
    await symlink('/etc/passwd', noted())
    await expect(look()).rejects.toThrow('is a link')
  })
})
