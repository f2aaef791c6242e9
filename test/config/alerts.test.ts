import { describe, expect, test } from 'vitest'
import { alertTopics } from '../../src/domain/alerts/alert.ts'
import { load, problemsOf } from './fixture.ts'

describe('a channel of alerts', () => {
  test('has everything but a name and an address by default', async () => {
    const { policy, settings } = await load('[[alerts]]\nname = "ops"\nurl_env = "HOOK"')
    expect(policy.alerts).toEqual([
      {
        name: 'ops',
        way: { kind: 'webhook', url: { env: 'HOOK' }, headers: {} },
        topics: [...alertTopics],
        minIntervalMs: 60_000,
        timeoutMs: 10_000,
      },
    ])
    const shown = Object.fromEntries(settings.map(({ key, value }) => [key, value]))
    expect(shown['alerts."ops".on']).toEqual([...alertTopics])
    expect(shown['alerts."ops".min_interval']).toBe('1m')
  })

  test('may be a command, or the log', async () => {
    const { policy } = await load(`[[alerts]]
name = "pager"
kind = "command"
command = ["page", "ops"]
env_pass = ["TOKEN", "TOKEN"]
on = ["health", "health", "database"]
[[alerts]]
name = "log"
kind = "log"
timeout = "2s"
min_interval = "0s"`)
    expect(policy.alerts).toMatchObject([
      {
        way: { kind: 'command', command: ['page', 'ops'], envPass: ['TOKEN'] },
        topics: ['health', 'database'],
      },
      { way: { kind: 'log' }, timeoutMs: 2_000, minIntervalMs: 0 },
    ])
  })

  test('shows no address, which may be a secret from end to end, and the names of its headers’ variables', async () => {
    const { policy, settings } = await load(
      '[[alerts]]\nname = "ops"\nurl = "https://hooks.example.org/T0/s3cret"\nheaders_env = { Authorization = "AUTH" }',
    )
    const shown = settings.filter(({ key }) => key.startsWith('alerts.'))
    expect(JSON.stringify([shown, policy.alerts])).not.toContain('s3cret')
    expect(JSON.stringify(shown)).toContain('{"Authorization":"AUTH"}')
  })

  test('may have its address as a credential of the unit', async () => {
    const { policy } = await load('[[alerts]]\nname = "ops"\nurl_file = "$CREDENTIALS_DIRECTORY/hook"', {
      CREDENTIALS_DIRECTORY: '/run/credentials/x',
    })
    expect(policy.alerts[0]?.way).toMatchObject({ url: { file: '/run/credentials/x/hook' } })
  })
})

describe('is refused with its reason', () => {
  test.each([
    [
      'name = "ops"',
      'alerts."ops".url_env: found nothing, allowed its address: one of url, url_env, url_file',
    ],
    [
      'name = "ops"\nurl_env = "A"\nurl_file = "b"',
      'alerts."ops".url_file: found beside url_env, allowed one of url, url_env, url_file',
    ],
    ['name = "ops"\nkind = "command"', 'alerts."ops".command: found nothing, allowed a program'],
    ['name = "ops"\nkind = "log"\nurl_env = "A"', 'alerts."ops".url_env: has no place with kind = "log"'],
    ['name = "ops"\nkind = "mail"', 'alerts."ops".kind: found "mail", allowed "webhook", "command", "log"'],
    [
      'name = "ops"\nurl = "ftp://x/s3cret"',
      'alerts."ops".url: found a text (***), allowed an http or https address',
    ],
    [
      'name = "ops"\nurl_env = "A"\non = ["helth"]',
      'alerts."ops".on.0: found "helth", allowed a list of "health"',
    ],
    ['name = "ops"\nurl_env = "A"\nurll = 1', 'alerts."ops".urll: found an unknown key'],
    ['name = "ops"\nurl_env = "A"\nheaders_env = { Host = "A" }', 'alerts."ops".headers_env'],
    [
      'name = "ops"\nurl_env = "A"\n[[alerts]]\nname = "ops"\nkind = "log"',
      'alerts."ops".name: found "ops" a second time, allowed each name once',
    ],
  ])('%s', async (text, problem) => {
    const problems = await problemsOf(`[[alerts]]\n${text}`)
    expect(problems.join('\n')).toContain(problem)
    expect(problems.join('\n')).not.toContain('s3cret')
  })
})
