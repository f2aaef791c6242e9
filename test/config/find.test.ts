import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findConfig } from '../../src/config/find.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { locateSocket } from '../../src/config/locate.ts'
import { sandbox, type Sandbox } from './fixture.ts'

describe('the search for the configuration', () => {
  test('takes them in the order of the specification', () => {
    using box = sandbox()
    const config = box.write('home/.config/jrctl/config.toml', '')
    const xdg = box.write('xdg/jrctl/config.toml', '')
    const fleet = box.write('work/.jrctl/fleet.json', '{"config": "fleet.toml"}')
    const here = box.write('work/jrctl.toml', '')
    const named = box.write('named.toml', '')
    const given = box.write('work/given.toml', '')
    const env = { XDG_CONFIG_HOME: join(box.root, 'xdg') }
    const search = (more: object) => findConfig({ ...box.options, ...more }).path

    expect(search({ env: { ...env, JRCTL_CONFIG: named }, path: 'given.toml' })).toBe(given)
    expect(search({ env: { ...env, JRCTL_CONFIG: named } })).toBe(named)
    expect(search({ env })).toBe(here)
    box.remove(here)
    expect(search({ env })).toBe(join(box.root, 'work/.jrctl/fleet.toml'))
    box.remove(fleet)
    expect(search({ env })).toBe(xdg)
    expect(search({ env: { XDG_CONFIG_HOME: 'relative' } })).toBe(config)
    expect(search({ env: {} })).toBe(config)
  })

  /** As an account that is kept out of the folder `closed`. */
  function asOutsider<T>(box: Sandbox, look: (closed: string) => T): T {
    const closed = join(box.root, 'closed')
    box.write('closed/jrctl/config.toml', '')
    chmodSync(closed, 0o000)
    chmodSync(box.root, 0o755)
    const isRoot = process.getuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      return look(closed)
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(closed, 0o700)
    }
  }

  test.each([
    ['the working folder', (closed: string) => ({ cwd: closed })],
    ['another account’s HOME', (closed: string) => ({ home: closed })],
    ['its XDG_CONFIG_HOME', (closed: string) => ({ env: { XDG_CONFIG_HOME: closed } })],
    ['a HOME that is no folder', () => ({ home: '/dev/null' })],
  ])('passes over %s where it may not be entered', (_, place) => {
    using box = sandbox()
    const search = (closed: string) =>
      findConfig({ ...box.options, home: '/nonexistent', env: {}, ...place(closed) })
    expect(() => asOutsider(box, search)).not.toThrow()
  })

  test('a file that was named and is closed is not passed over', () => {
    using box = sandbox()
    const named = (closed: string) => findConfig({ ...box.options, path: join(closed, 'jrctl/config.toml') })
    expect(asOutsider(box, named).path).toBe(join(box.root, 'closed/jrctl/config.toml'))
  })

  test.each([
    ['--config', { path: 'none.toml' }, {}],
    ['JRCTL_CONFIG', {}, { JRCTL_CONFIG: 'none.toml' }],
  ])('a file named by %s must exist', (by, more, env) => {
    using box = sandbox()
    box.write('work/jrctl.toml', '')
    expect(() => findConfig({ ...box.options, ...more, env })).toThrow(
      `${box.root}/work/none.toml: no such file (named by ${by})`,
    )
  })

  test('a link to nowhere is not passed over', async () => {
    using box = sandbox()
    symlinkSync('nowhere', join(box.root, 'work/jrctl.toml'))
    await expect(loadPolicy(box.options)).rejects.toThrow(/work\/jrctl\.toml: no such file/)
  })

  test('without any file defaults are in force, relative to the working folder', async () => {
    using box = sandbox()
    const { path, policy } = await loadPolicy(box.options)
    expect([path, policy.workers]).toEqual([null, []])
  })
})

describe('a demo fleet', () => {
  test('is found from a folder below and keeps its state in its folder', async () => {
    using box = sandbox()
    const toml = box.write('example.toml', 'state_dir = "/elsewhere"\n')
    const dir = join(box.root, 'work/.jrctl')
    box.write('work/.jrctl/fleet.json', JSON.stringify({ config: toml }))
    mkdirSync(join(box.root, 'work/a/b'), { recursive: true })
    const loaded = await loadPolicy({ ...box.options, cwd: join(box.root, 'work/a/b') })
    expect(loaded).toMatchObject({ path: toml, policy: { stateDir: dir } })
    expect(loaded.sources.get('state_dir')).toEqual({ kind: 'fleet' })
  })

  test('without a file runs on defaults; variables and arguments still win over its folder', async () => {
    using box = sandbox()
    box.write('home/.config/jrctl/config.toml', '[queue]\nlease = "90s"\n')
    box.write('work/.jrctl/fleet.json', '{"config": null}')
    const plain = await loadPolicy(box.options)
    expect([plain.path, plain.policy.queue.leaseMs]).toEqual([null, 60_000])
    const env = { JRCTL_STATE_DIR: '/by/variable' }
    expect((await loadPolicy({ ...box.options, env })).policy.stateDir).toBe('/by/variable')
    const argued = await loadPolicy({ ...box.options, env, stateDirOverride: '/by/argument' })
    expect(argued.policy.stateDir).toBe('/by/argument')
    expect(argued.sources.get('state_dir')).toEqual({ kind: 'argument' })
  })

  test('takes ~ for the home folder in arguments too: no shell does that in --state-dir=~/s', async () => {
    using box = sandbox()
    const config = box.write('home/c.toml', '')
    const { path, policy } = await loadPolicy({ ...box.options, path: '~/c.toml', stateDirOverride: '~/s' })
    expect([path, policy.stateDir]).toEqual([config, join(box.root, 'home/s')])
    expect(
      await locateSocket({ ...box.options, configPath: '~/c.toml', stateDirOverride: '~/s' }),
    ).toMatchObject({
      configPath: config,
      stateDir: policy.stateDir,
    })
  })

  test("somebody else's, and one that others may write, is passed over", () => {
    using box = sandbox()
    const file = box.write('work/.jrctl/fleet.json', '{"config": null}')
    const fleetDir = (uid: number) => findConfig({ ...box.options, uid }).fleetDir
    expect(fleetDir(box.options.uid)).toBe(join(box.root, 'work/.jrctl'))
    expect(fleetDir(box.options.uid + 1)).toBeNull()
    chmodSync(file, 0o666)
    expect(fleetDir(box.options.uid)).toBeNull()
  })

  test.each(['{', '[]', '{"config": 1}', 'null'])('a damaged file is named: %s', (text) => {
    using box = sandbox()
    const file = box.write('work/.jrctl/fleet.json', text)
    expect(() => findConfig(box.options)).toThrow(`${file} config: found something else`)
  })
})
