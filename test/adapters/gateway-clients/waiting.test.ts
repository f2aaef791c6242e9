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
    await gateway.asked()
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(APIUserAbortError)
    await gateway.settled()
    expect(gateway.upstream.seen).toEqual([])
  })
})
