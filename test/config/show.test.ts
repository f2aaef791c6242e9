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

describe('a file with a secret', () => {
  test.each([
    ['that everybody can read is warned of', secrets, 0o644, 1],
    ['that only its owner can read is fine', secrets, 0o640, 0],
  ])('%s', async (_, toml, mode, warnings) => {
    using box = sandbox()
    const path = box.write('jrctl.toml', toml, mode)
    const loaded = await loadPolicy({ ...box.options, path })
    expect(loaded.warnings).toHaveLength(warnings)
    for (const warning of loaded.warnings) expect(warning).toContain(`chmod o-r ${path}`)
  })

  test('and one without may be read by everybody', async () => {
    using box = sandbox()
    const path = box.write('jrctl.toml', '[queue]\nurl = "postgres://joe@db/x"\n', 0o644)
    expect((await loadPolicy({ ...box.options, path })).warnings).toEqual([])
  })
})
