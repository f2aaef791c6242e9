import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServiceUnits } from '../../../src/adapters/systemd/service-units.ts'

describe('units by systemctl', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jrctl-units-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  /** A `systemctl` that does what the script says, and notes how it was called. */
  async function systemctl(script: string): Promise<void> {
    const path = join(dir, 'systemctl')
    await writeFile(path, `#!/bin/sh\necho "$*" >> ${dir}/calls\n${script}\n`)
    await chmod(path, 0o755)
  }
  const units = (uid = 0, timeoutMs = 20_000) =>
    createServiceUnits({ env: { PATH: `${dir}:/usr/bin:/bin` }, uid, timeoutMs })
  const calls = async (): Promise<string[]> => (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n')

  const loaded = 'echo LoadState=loaded; echo ActiveState=failed'

  it('finds one, the system’s first for root', async () => {
    await systemctl(loaded)
    expect(await units().find('a.service')).toEqual({ name: 'a.service', scope: 'system', state: 'failed' })
    expect(await calls()).toEqual(['--no-ask-password show -p LoadState,ActiveState -- a.service'])
  })

  it('finds one of an account’s own manager first for everybody else', async () => {
    await systemctl(`case "$*" in *--user*) ${loaded};; *) echo LoadState=not-found;; esac`)
    expect(await units(1000).find('a.service')).toMatchObject({ scope: 'user', state: 'failed' })
    expect(await calls()).toHaveLength(1)
  })

  it.each([
    ['that is not there', 'echo LoadState=not-found; echo ActiveState=inactive'],
    ['where no systemd runs', 'echo "System has not been booted with systemd" >&2; exit 1'],
    ['of whom it says nothing', 'true'],
  ])('finds none %s', async (_, script) => {
    await systemctl(script)
    expect(await units().find('a.service')).toBeNull()
    expect(await calls()).toHaveLength(2)
  })

  it('finds none where there is no systemctl, or none that answers', async () => {
    expect(await createServiceUnits({ env: { PATH: dir }, uid: 0, timeoutMs: 20_000 }).find('a')).toBeNull()
    await systemctl('exec sleep 1000')
    expect(await units(0, 200).find('a.service')).toBeNull()
  })

  it('asks one that does not answer but once', async () => {
    await systemctl('exec sleep 1000')
    const deaf = units(0, 200)
    for (const name of ['a.service', 'b.service']) expect(await deaf.find(name)).toBeNull()
    expect(await deaf.restart({ name: 'a.service', scope: 'system', state: 'failed' })).toBe(
      'systemctl does not answer',
    )
    expect(await calls()).toHaveLength(1)
  })

  it('restarts one, also after too many failures', async () => {
    await systemctl('')
    expect(await units().restart({ name: '-x.service', scope: 'user', state: 'failed' })).toBeNull()
    expect(await calls()).toEqual([
      '--no-ask-password --user reset-failed -- -x.service',
      '--no-ask-password --user restart --no-block -- -x.service',
    ])
  })

  it('says why not', async () => {
    await systemctl(
      'echo "Failed to restart a.service: Access denied" >&2; echo "See system logs" >&2; exit 1',
    )
    expect(await units().restart({ name: 'a.service', scope: 'system', state: 'failed' })).toBe(
      'Failed to restart a.service: Access denied',
    )
  })
})
