import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sealed } from '../../src/domain/install/seal.ts'
import { notedIn, requireKnown } from '../../src/main/run-install-record.ts'
import { systemLayoutAt } from '../domain/install/system-layout.ts'

const unit = `[Unit]
After=network-online.target postgresql.service

[Service]
ExecStart=/usr/local/bin/jrctl --config /etc/jrctl/two.toml daemon
User=fleet2
Environment=JRCTL_SUPERVISOR_WORKERS=units
`
const digest = (text: string) => createHash('sha256').update(text).digest('hex')

let root: string
const layout = () => systemLayoutAt(root)
const unitIs = (text: string) => writeFile(join(root, 'etc/systemd/system/jr-orchestrator.service'), text)
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jrctl-install-record-'))
  await mkdir(join(root, 'etc/systemd/system'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true }))

describe('an installation whose record is damaged', () => {
  it('is known by its unit, and what only the record said is told to be lost', async () => {
    await unitIs(sealed(unit, digest))
    const noted = await notedIn(layout(), '{"version":1,"sco')
    expect(noted).toMatchObject({
      record: null,
      before: {
        profile: 'hardened',
        account: 'fleet2',
        config: '/etc/jrctl/two.toml',
        needs: ['postgresql.service'],
      },
    })
    expect(noted.doubts.join('')).toContain('install.json is damaged')
    expect(() =>
      requireKnown({ ...noted, layout: layout() }, { profile: undefined, account: undefined }),
    ).not.toThrow()
  })

  it('is to be named where no unit of ours tells', async () => {
    await unitIs(unit)
    const noted = { ...(await notedIn(layout(), '')), layout: layout() }
    expect(noted.before).toBeNull()
    const required = 'no unit tells how was installed'
    expect(() => requireKnown(noted, { profile: undefined, account: undefined })).toThrow(required)
    expect(() => requireKnown(noted, { profile: 'hardened', account: undefined })).toThrow(required)
    expect(() => requireKnown(noted, { profile: 'hardened', account: 'fleet2' })).not.toThrow()
  })

  it('is left alone where a later version wrote it', async () => {
    await expect(notedIn(layout(), '{"version":2,"scope":"system"}')).rejects.toThrow('by a later jrctl')
  })
})
