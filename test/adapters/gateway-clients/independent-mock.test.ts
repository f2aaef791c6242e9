import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOpenAI } from '@ai-sdk/openai'
import { createServer } from '@dwmkerr/mock-llm/dist/server.js'
import { generateText, streamText } from 'ai'
import OpenAI, { AuthenticationError, RateLimitError } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { allOf } from '../../support/llm/all-of.ts'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'

const path = '/v1/chat/completions'
const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
const saying = (content: string, more: object = {}) =>
  JSON.stringify({
    id: 'chatcmpl-mock',
    object: 'chat.completion',
    created: 1,
    model: 'small-1',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    ...more,
  })
const failing = (status: number, message: string) => ({
  status,
  content: JSON.stringify({ error: { message, type: 'mock_error', param: null, code: 'mock' } }),
})
const long = 'So many words. '.repeat(40)

/** An upstream that somebody else wrote, who has never heard of us. */
describe('an independent mock of OpenAI', () => {
  let mock: Server
  let gateway: ServedGateway
  let openai: OpenAI
  beforeAll(async () => {
    // It tells every request.
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const config = {
      streaming: { chunkSize: 5, chunkIntervalMs: 1 },
      rules: [
        {
          path,
          match: "contains(body.messages[-1].content, 'whole')",
          response: { status: 200, content: saying('Yes.', { usage }) },
        },
        {
          path,
          match: "contains(body.messages[-1].content, 'long')",
          response: { status: 200, content: saying(long) },
        },
        {
          path,
          match: "contains(body.messages[-1].content, 'wrong')",
          response: failing(401, 'not with that key'),
        },
        { path, match: "contains(body.messages[-1].content, 'busy')", response: failing(429, 'too much') },
        {
          path: '/v1/models',
          method: 'GET',
          response: { status: 200, content: '{"object":"list","data":[{"id":"small-1","object":"model"}]}' },
        },
      ],
    }
    mock = createServer(config, '127.0.0.1', 0).listen(0, '127.0.0.1')
    await once(mock, 'listening')
    const { port } = mock.address() as AddressInfo
    gateway = await serveGateway({
      unit: 'token',
      baseRate: 6_000_000,
      upstream: { url: `http://127.0.0.1:${port}/v1` },
    })
    openai = new OpenAI({ apiKey: gateway.begin().key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  })
  afterEach(async () => {
    await gateway.settled()
    gateway.check()
  })
  afterAll(async () => {
    await gateway.close()
    mock.closeAllConnections()
    mock.close()
    await once(mock, 'close')
    vi.restoreAllMocks()
  })
  const ask = (content: string) => ({ model: 'small-1', messages: [{ role: 'user' as const, content }] })

  it('answers, and its usage is charged', async () => {
    const { choices } = await openai.chat.completions.create(ask('whole'))
    expect(choices[0]?.message.content).toBe('Yes.')
    await gateway.settled()
    expect(gateway.books.charged()).toBe(usage.total_tokens)
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['small-1'])
  })

  it('streams, and what was seen is charged, as it never says what it used', async () => {
    const stream = await openai.chat.completions.create({ ...ask('long'), stream: true })
    const chunks = await allOf(stream)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content).join('')).toBe(long)
    await gateway.settled()
    // One chunk, one token, about.
    expect(gateway.books.charged()).toBeGreaterThan(chunks.length / 2)
    expect(gateway.books.charged()).toBeLessThan(chunks.length * 3)
  })

  it.each([
    ['wrong', AuthenticationError, 'not with that key'],
    ['busy', RateLimitError, 'too much'],
  ])('fails (%s) in its own words', async (content, kind, message) => {
    const failed = await openai.chat.completions.create(ask(content)).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(kind)
    expect(String(failed)).toContain(message)
    await gateway.settled()
    expect(gateway.books.charged()).toBe(0)
  })

  it('fails inside of a stream that began with a 200', async () => {
    const stream = await openai.chat.completions.create({ ...ask('busy'), stream: true })
    await expect(allOf(stream)).rejects.toThrow('too much')
  })

  it('serves the ai package', async () => {
    const provider = createOpenAI({ apiKey: gateway.begin().key, baseURL: `${gateway.url}/v1` })
    const model = provider.chat('small-1')
    expect((await generateText({ model, prompt: 'whole' })).text).toBe('Yes.')
    expect(await streamText({ model, prompt: 'long' }).text).toBe(long)
  })
})
