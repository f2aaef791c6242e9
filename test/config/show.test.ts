import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/load.ts'
import { effective } from '../../src/config/show.ts'
import { load, sandbox } from './fixture.ts'

const secrets = `
[queue]
url = "postgres://joe:hunter2@db:5432/fleet?sslmode=require&password=hunter3"

[[workers]]
name = "A"
command = ["a", "--db", "postgres://joe:hunter4@db/x"]
env = { API_KEY = "hunter5", LANG = "C", DB = "redis://:hunter6@r/0" }
`

describe('the configuration in force', () => {
  test('masks every secret', async () => {
    const loaded = await load(secrets)
    const shown = Object.fromEntries((await effective(loaded)).map(({ key, value }) => [key, value]))
    expect(shown).toMatchObject({
      'queue.url': 'postgres://joe:***@db:5432/fleet?***',
      'workers."A".command': ['a', '--db', 'postgres://joe:***@db/x'],
      'workers."A".env': { API_KEY: '***', LANG: 'C', DB: 'redis://:***@r/0' },
    })
    expect(JSON.stringify(shown)).not.toContain('hunter')
    expect(loaded.policy.queue.url?.reveal()).toContain('hunter2')
  })

  test('prints no secret by accident', async () => {
    const { text, policy, settings } = await load(secrets)
    expect(inspect({ text, queue: policy.queue, settings }, { depth: 9 })).not.toContain('hunter')
    expect(JSON.stringify({ text, queue: policy.queue, settings })).not.toContain('hunter')
  })

  test('tells where each value comes from', async () => {
    using box = sandbox()
    const path = box.write(
      'jrctl.toml',
      '[queue]\nlease = "90s"\n\n[[workers]]\nname = "A"\ncommand = ["a"]\n',
    )
    const loaded = await loadPolicy({ ...box.options, path, env: { JRCTL_LOGS_LEVEL: 'debug' } })
    const sources = Object.fromEntries((await effective(loaded)).map(({ key, source }) => [key, source]))
    expect(sources).toMatchObject({
      'queue.lease': `${path}:2`,
      'queue.poll_interval': 'default',
      'logs.level': 'env:JRCTL_LOGS_LEVEL',
      'workers."A".command': `${path}:6`,
      'workers."A".restart': 'default',
    })
  })

  test('names the state directory that systemd tells its units', async () => {
    const stateDirOf = async (toml: string) => {
      const shown = await effective(await load(toml, { STATE_DIRECTORY: '/var/lib/jrctl' }))
      return shown.find(({ key }) => key === 'state_dir')
    }
    expect(await stateDirOf('')).toMatchObject({ value: '/var/lib/jrctl', source: 'env:STATE_DIRECTORY' })
    expect(await stateDirOf('state_dir = "/s"')).toMatchObject({ value: '/s' })
  })

  test.each([
    ['dotted keys', 'queue.lease = "90s"\n', 1],
    ['an inline table', '\nqueue = { lease = "90s" }\n', 2],
    ['quoted keys', '\n\n["queue"]\n"lease" = "90s"\n', 4],
    ['a table after other tables', '[api]\n[queue]\n# why\nlease = "90s"\n', 4],
  ])('finds the line in %s', async (_, toml, line) => {
    const shown = await effective(await load(toml))
    expect(shown.find(({ key }) => key === 'queue.lease')?.source).toMatch(new RegExp(`:${line}$`))
  })
})

describe('a file that everybody can read', () => {
  const worker = '[[workers]]\nname = "A"\ncommand = ["a"]\n'

  test.each([
    ['a password in the URL', '[queue]\nurl = "postgres://joe:x@db/x"\n', 'queue.url'],
    ['a password in the direct URL', '[queue]\nlisten_url = "postgres://joe:x@db/x"\n', 'queue.listen_url'],
    ['a password as a parameter', '[queue]\nurl = "postgres://db/x?password=x"\n', 'queue.url'],
    ['a secret variable', `${worker}env = { API_KEY = "x" }\n`, 'the variable API_KEY'],
    ['a password in any URL', `${worker}env = { CACHE = "redis://:x@r" }\n`, 'the variable CACHE'],
  ])('is warned of when it holds %s', async (_, toml, what) => {
    using box = sandbox()
    const path = box.write('jrctl.toml', toml, 0o644)
    expect((await loadPolicy({ ...box.options, path })).warnings).toEqual([
      `${path} holds a secret (${what}) and everybody can read it; run: chmod o-r ${path}, or use password_file`,
    ])
    box.write('jrctl.toml', toml, 0o640)
    expect((await loadPolicy({ ...box.options, path })).warnings).toEqual([])
  })

  test.each([
    ['a URL without a password', '[queue]\nurl = "postgres://joe@db:5432/x"\n'],
    [
      'harmless variables',
      `${worker}env = { LANG = "C", DATABASE_URL = "postgres://joe@db/x", TOKEN = "" }\n`,
    ],
  ])('is fine when it holds %s', async (_, toml) => {
    using box = sandbox()
    const path = box.write('jrctl.toml', toml, 0o644)
    expect((await loadPolicy({ ...box.options, path })).warnings).toEqual([])
  })
})
