import Anthropic, { RateLimitError as AnthropicRateLimitError } from '@anthropic-ai/sdk'
import OpenAI, { APIUserAbortError, RateLimitError } from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'

const ask = { model: 'small-1', messages: [{ role: 'user' as const, content: 'So?' }] }

/** Nobody gets a 200 while it waits, and nobody waits for longer than may be (spec §6). */
describe('waiting for capacity', () => {
  let gateway: ServedGateway
  beforeEach(async () => {
    gateway = await serveGateway({
      unit: 'request',
      // One a minute for position 1, in a bucket that starts empty.
      baseRate: 1,
      gateway: { maxWaitMs: 50, maxWaiting: 2 },
    })
  })
  afterEach(async () => {
    await gateway.settled()
    gateway.check()
    await gateway.close()
  })
  const openai = (key: string, more: object = {}) =>
    new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0, ...more })

  it('ends with a RateLimitError that says when to come again, in whole seconds and in milliseconds', async () => {
    const { key } = gateway.begin()
    const failed = await openai(key)
      .chat.completions.create(ask)
      .catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(RateLimitError)
    const { headers, message } = failed as InstanceType<typeof RateLimitError>
    const ms = Number(headers.get('retry-after-ms'))
    expect(ms).toBeGreaterThan(0)
    expect(ms).toBeLessThanOrEqual(60_000)
    expect(Number(headers.get('retry-after'))).toBe(Math.ceil(ms / 1000))
    expect(headers.get('x-jrctl-position')).toBe('1')
    expect(message).toMatch(/position 1 .* max_wait/)
    expect(gateway.upstream.seen).toEqual([])
  })

  it('ends with the error of the other dialect for its clients', async () => {
    const { key } = gateway.begin()
    const client = new Anthropic({ apiKey: key, baseURL: gateway.url, maxRetries: 0 })
    const failed = await client.messages.create({ ...ask, max_tokens: 10 }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(AnthropicRateLimitError)
    expect(failed).toMatchObject({ error: { type: 'error', error: { type: 'rate_limit_error' } } })
  })

  it('is given up when the client goes away, for nothing', async () => {
    const { key } = gateway.begin()
    const leaving = new AbortController()
    const call = openai(key).chat.completions.create(ask, { signal: leaving.signal })
    await gateway.asked(1)
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(APIUserAbortError)
    await gateway.settled()
    expect(gateway.upstream.seen).toEqual([])
  })
})

it('SDKs that are told when to come again do, and are served', async () => {
  // One every half second.
  const served = await serveGateway({ unit: 'request', baseRate: 60, gateway: { maxWaitMs: 10 } })
  const client = new OpenAI({ apiKey: served.begin().key, baseURL: `${served.url}/v1`, maxRetries: 4 })
  const { choices } = await client.chat.completions.create(ask)
  expect(choices).toHaveLength(1)
  expect(served.upstream.seen).toHaveLength(1)
  expect(served.upstream.seen[0]?.headers).toContainEqual(['x-stainless-retry-count', '1'])
  await served.settled()
  served.check()
  await served.close()
})

it('no more wait at a time than may, and half of them of one task', async () => {
  const served = await serveGateway({ unit: 'request', baseRate: 1, gateway: { maxWaiting: 2 } })
  const leaving = new AbortController()
  const asking = (key: string) =>
    new OpenAI({ apiKey: key, baseURL: `${served.url}/v1`, maxRetries: 0 }).chat.completions
      .create(ask, { signal: leaving.signal })
      .catch((error: unknown) => String(error))
  const [one, other, third] = [served.begin().key, served.begin().key, served.begin().key]
  const waiting = [asking(one)]
  await served.asked(1)
  expect(await asking(one)).toMatch(/max_waiting = 2/)
  waiting.push(asking(other))
  await served.asked(2)
  expect(await asking(third)).toMatch(/max_waiting = 2/)
  leaving.abort()
  await Promise.all(waiting)
  await served.settled()
  served.check()
  await served.close()
})
