import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const upstream = `[[gateway.upstreams]]
name = "a"
url = "https://llm.example.org"
`

describe('an upstream', () => {
  test('has everything but a name and an address by default', async () => {
    const { policy, settings } = await load(upstream)
    expect(policy.gateway.upstreams).toEqual([
      {
        name: 'a',
        kind: 'http',
        dialects: ['openai'],
        url: 'https://llm.example.org',
        key: null,
        keyHeader: 'standard',
        streamUsage: 'ask',
        models: ['*'],
        maxInFlight: 64,
        connectTimeoutMs: 10_000,
        headTimeoutMs: 600_000,
        idleTimeoutMs: 120_000,
      },
    ])
    const shown = Object.fromEntries(settings.map(({ key, value }) => [key, value]))
    expect(shown['gateway.upstreams."a".models']).toEqual(['*'])
    expect(shown['gateway.upstreams."a".max_in_flight']).toBe(64)
    expect(shown['gateway.listen']).toBe('127.0.0.1:0')
  })

  test.each(['https://llm/v1', 'https://llm/v1/', 'https://llm/', 'https://llm'])(
    'may have the SDKs’ /v1 at the end of its address: %s',
    async (url) => {
      const { policy } = await load(`[[gateway.upstreams]]\nname = "a"\nurl = "${url}"`)
      expect(policy.gateway.upstreams[0]?.url).toBe('https://llm')
    },
  )

  test('may have its key as a credential of the unit', async () => {
    const { policy } = await load(`${upstream}key_file = "$CREDENTIALS_DIRECTORY/llm"`, {
      CREDENTIALS_DIRECTORY: '/run/credentials/x',
    })
    expect(policy.gateway.upstreams[0]?.key).toEqual({ file: '/run/credentials/x/llm' })
  })

  test('of the environment’s keys beside it loses nothing', async () => {
    const { policy } = await load(upstream, { JRCTL_GATEWAY_MAX_WAITING: '7' })
    expect(policy.gateway.maxWaiting).toBe(7)
    expect(policy.gateway.upstreams).toHaveLength(1)
  })
})

describe('is refused with its reason', () => {
  test.each([
    [
      '[gateway]\nlisten = "0.0.0.0:80"',
      'f:2:10 gateway.listen: found "0.0.0.0:80", allowed a loopback address',
    ],
    [
      '[gateway]\nlisten = "127.0.0.1:70000"',
      'f:2:10 gateway.listen: found "127.0.0.1:70000", allowed a loopback',
    ],
    ['[gateway]\nlisten = "127.0.0.1"', 'f:2:10 gateway.listen: found "127.0.0.1", allowed a loopback'],
    ['[gateway]\nmax_wate = "5m"', 'did you mean "max_wait"'],
    [`${upstream}${upstream}`, 'f:5:8 gateway.upstreams."a".name: found "a" a second time'],
    [
      `${upstream}key_env = "A"\nkey_file = "b"`,
      'f:5:12 gateway.upstreams."a".key_file: found beside key_env',
    ],
    [`${upstream}modles = ["x"]`, 'did you mean "models"'],
    [`${upstream}dialects = ["openia"]`, 'gateway.upstreams."a".dialects'],
    ['[[gateway.upstreams]]\nname = "a"', 'gateway.upstreams."a".url: found nothing, allowed its address'],
    ['[[gateway.upstreams]]\nurl = "http://a"', 'gateway.upstreams[0].name: found nothing'],
    [
      '[[gateway.upstreams]]\nname = "a"\nkind = "simulated"\nurl = "http://a"',
      'f:4:7 gateway.upstreams."a".url: has no place with kind = "simulated"',
    ],
    ['[gateway]\nupstreams = 3', 'at most 100 tables, each under its own [[gateway.upstreams]]'],
  ])('%j', async (toml, message) => {
    expect((await problemsOf(toml)).join('\n')).toContain(message)
  })

  test.each(['http://joe:canary@llm', 'http://llm?key=canary', 'ftp://llm', 'llm', 'http://'])(
    'an address that holds a key, or is none: %s',
    async (url) => {
      const problems = await problemsOf(`[[gateway.upstreams]]\nname = "a"\nurl = "${url}"`)
      expect(problems).toHaveLength(1)
      expect(problems[0]).toContain('gateway.upstreams."a".url')
    },
  )
})
