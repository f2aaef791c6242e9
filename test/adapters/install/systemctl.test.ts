import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemctl, type SystemctlOptions } from '../../../src/adapters/install/systemctl.ts'
import { type FakePrograms, fakePrograms } from './fake-programs.ts'

describe('systemd by systemctl', () => {
  let fake: FakePrograms
  beforeEach(async () => {
    fake = await fakePrograms()
  })
  afterEach(() => fake.remove())

  const manager = (of: SystemctlOptions['of'] = { kind: 'system' }) => createSystemctl({ of, env: fake.env })

  it.each([
    [{ kind: 'system' }, ''],
    [{ kind: 'user' }, '--user '],
    [{ kind: 'image', root: '/image' }, '--root=/image '],
    [{ kind: 'account', account: 'jr' }, '--user --machine=jr@.host '],
  ] as const)('asks whoever is meant: %j', async (of, words) => {
    await fake.write('systemctl', '')
    expect(await manager(of).enable(['a.service', '-b.service'])).toBeNull()
    expect(await fake.calls()).toEqual([
      `systemctl --no-ask-password --no-pager ${words}reenable -- a.service -b.service`,
    ])
  })

  it('tells how units stand, also those that nobody knows', async () => {
    await fake.write(
      'systemctl',
      `printf 'Id=a.service\\nLoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\n\\nId=b.service\\nLoadState=not-found\\nActiveState=inactive\\nUnitFileState=\\n'`,
    )
    expect(await manager().states(['a.service', 'b.service'])).toEqual([
      { name: 'a.service', load: 'loaded', active: 'active', enabled: 'enabled' },
      { name: 'b.service', load: 'not-found', active: 'inactive', enabled: '' },
    ])
    expect(await manager().states([])).toEqual([])
  })

  it('tells how units of an image are enabled', async () => {
    await fake.write(
      'systemctl',
      'case "$*" in *a.service) echo enabled;; *) echo "Failed" >&2; exit 1;; esac',
    )
    const found = await manager({ kind: 'image', root: '/image' }).states(['a.service', 'b.service'])
    expect(found?.map(({ load, enabled }) => [load, enabled])).toEqual([
      ['loaded', 'enabled'],
      ['not-found', ''],
    ])
  })

  it('says why something was refused', async () => {
    await fake.write('systemctl', 'echo "Failed to reload daemon: Access denied" >&2; exit 1')
    expect(await manager().reload()).toBe('Failed to reload daemon: Access denied')
    expect(await manager().states(['a'])).toBeNull()
  })

  it('says why nobody can be asked', async () => {
    await fake.write(
      'systemctl',
      'echo "System has not been booted with systemd as init system (PID 1). Can\'t operate." >&2; exit 1',
    )
    expect(await manager().absent()).toContain('not been booted with systemd')
    const nowhere = createSystemctl({ of: { kind: 'system' }, env: { PATH: '/nonexistent' } })
    expect(await nowhere.absent()).toBe('there is no program systemctl')
  })

  it('forgets failures before it starts anything', async () => {
    await fake.write('systemctl', '')
    await manager().start('a.service', { isRestart: false, timeoutMs: 10_000 })
    await manager().start('a.service', { isRestart: true, timeoutMs: 10_000 })
    expect(
      (await fake.calls()).map((call) => call.replace('systemctl --no-ask-password --no-pager ', '')),
    ).toEqual([
      'reset-failed -- a.service',
      'show --value -p SubState -- a.service',
      'start -- a.service',
      'reset-failed -- a.service',
      'restart -- a.service',
    ])
  })

  it.each([
    ['auto-restart', 'restart'],
    ['auto-restart-queued', 'restart'],
    ['start', 'start'],
    ['dead', 'start'],
  ])('has one that is %s %sed: a start would wait as long as it does', async (subState, verb) => {
    await fake.write('systemctl', `case "$*" in *SubState*) echo ${subState};; esac`)
    expect(await manager().start('a.service', { isRestart: false, timeoutMs: 10_000 })).toBeNull()
    expect((await fake.calls()).at(-1)).toContain(` ${verb} -- a.service`)
  })

  it('waits for a start no longer than it may', async () => {
    await fake.write('systemctl', 'case "$*" in *start*) exec sleep 1000;; esac')
    const refused = await manager().start('a.service', { isRestart: false, timeoutMs: 200 })
    expect(refused).toBe('systemctl does not answer')
  })

  it('reads pids and the last words', async () => {
    await fake.write('systemctl', 'case "$*" in *MainPID*) echo 42;; esac')
    await fake.write('journalctl', `printf 'one\\n\\ntwo\\n'`)
    expect(await manager().mainPid('a.service')).toBe(42)
    expect(await manager({ kind: 'user' }).lastWords('a.service', 5_500)).toEqual(['one', 'two'])
    expect((await fake.calls()).at(-1)).toMatch(/^journalctl --user -u a\.service -n \d+ --since=@5 /)
  })
})
