import { describe, expect, test } from 'vitest'
import { checkUpstreamKeys, readUpstreamKey } from '../../src/config/upstream-key.ts'
import { load, sandbox } from './fixture.ts'

describe('the key of an upstream', () => {
  test('is in a variable or a file, whose line break is no part of it', async () => {
    using box = sandbox()
    const file = box.write('key', 'sk-1\n')
    expect((await readUpstreamKey({ name: 'a', key: { env: 'K' } }, { K: 'sk-2' }))?.reveal()).toBe('sk-2')
    expect((await readUpstreamKey({ name: 'a', key: { file } }, {}))?.reveal()).toBe('sk-1')
    expect(await readUpstreamKey({ name: 'a', key: null }, {})).toBeNull()
  })

  test.each([
    ['is missing', {}, 'holds none'],
    ['is empty', { K: ' ' }, 'holds none'],
    ['would break a header', { K: 'canary\r\nx: y' }, 'holds something else'],
  ])('that %s is told by its place alone', async (_, env, message) => {
    const reading = readUpstreamKey({ name: 'a', key: { env: 'K' } }, env)
    await expect(reading).rejects.toThrow(
      `the key of the upstream "a" is to be in the variable K, which ${message}`,
    )
    await expect(reading).rejects.not.toThrow('canary')
  })

  test('in a file that cannot be read is told with the file', async () => {
    await expect(readUpstreamKey({ name: 'a', key: { file: '/nowhere/key' } }, {})).rejects.toThrow(
      '/nowhere/key',
    )
  })

  test('is looked for before anything starts, unless the gateway is off', async () => {
    const toml = '[[gateway.upstreams]]\nname = "a"\nurl = "http://a"\nkey_env = "K"\n'
    await expect(checkUpstreamKeys((await load(toml)).policy.gateway, {})).rejects.toThrow('the variable K')
    const off = await load(`[gateway]\nenabled = false\n${toml}`)
    await checkUpstreamKeys(off.policy.gateway, {})
    expect(JSON.stringify(off.settings)).toContain('"K"')
  })
})
