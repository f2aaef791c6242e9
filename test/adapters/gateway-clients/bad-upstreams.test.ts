import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { InternalServerError } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { allOf } from '../../support/llm/all-of.ts'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'
import {
  drop,
  dropAfter,
  hang,
  hangAfter,
  lying,
  properly,
  withStatus,
  written,
} from '../../support/llm/replies.ts'
import { startStrictUpstream } from '../../support/llm/strict-upstream.ts'
import { openaiError } from '../../support/llm/openai-answers.ts'
import { someText, someTokens } from '../../support/llm/tokens.ts'

const chat = { model: 'small-1', messages: [{ role: 'user' as const, content: 'So?' }] }
const message = { ...chat, max_tokens: 10 }
const total = someTokens.input + someTokens.output

/** Upstreams that hang, lie and stop answering: the client is told, what was reserved comes back, the gateway goes on. */
describe('bad upstreams', () => {
  let gateway: ServedGateway
  let openai: OpenAI
  let anthropic: Anthropic
  beforeAll(async () => {
    gateway = await serveGateway({
      unit: 'token',
      // What a lie or an endless line costs is paid off in no time.
      baseRate: 6_000_000_000,
      upstream: { headTimeoutMs: 150, idleTimeoutMs: 150, connectTimeoutMs: 1000 },
    })
    const { key } = gateway.begin()
    openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    anthropic = new Anthropic({ apiKey: key, baseURL: gateway.url, maxRetries: 0 })
  })
  afterEach(async () => {
    await gateway.settled()
    gateway.check()
  })
  afterAll(() => gateway.close())
  const charged = async () => {
    await gateway.settled()
    return gateway.books.charged()
  }

  it('that never begin to answer: 504 after head_timeout, for nothing', async () => {
    gateway.upstream.next(hang)
    const failed = await openai.chat.completions.create(chat).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(InternalServerError)
    expect(failed).toMatchObject({ status: 504 })
    expect(String(failed)).toMatch(new RegExp(`${gateway.upstreamName}.*head_timeout`, 's'))
    await gateway.upstream.quiet()
    expect(await charged()).toBe(0)
  })

  it('that stop in the middle: cut after idle_timeout, charged what was seen', async () => {
    gateway.upstream.next(hangAfter(3))
    const stream = await openai.chat.completions.create({ ...chat, stream: true })
    await expect(allOf(stream)).rejects.toThrow()
    await gateway.upstream.quiet()
    const cost = await charged()
    expect(cost).toBeGreaterThan(0)
    expect(cost).toBeLessThan(total * 10)
  })

  it.each<[string, unknown]>([
    ['negative', { prompt_tokens: -5, completion_tokens: -7, total_tokens: -12 }],
    ['of text', { prompt_tokens: 'many', completion_tokens: 'more', total_tokens: {} }],
    ['absent', null],
    ['beyond all numbers', { prompt_tokens: 1e308, completion_tokens: 1e308, total_tokens: 1e308 }],
    ['an array', [1, 2, 3]],
  ])('whose usage is %s: the answer is passed on, and the charge is sane', async (_, usage) => {
    gateway.upstream.next(lying(usage))
    const { choices } = await openai.chat.completions.create(chat)
    expect(choices[0]?.message.content).toBe(someText)
    const whole = await charged()
    gateway.upstream.next(lying(usage))
    const stream = await openai.chat.completions.create({ ...chat, stream: true })
    const words = (await allOf(stream)).map((chunk) => chunk.choices[0]?.delta.content ?? '')
    expect(words.join('')).toBe(someText)
    const both = await charged()
    for (const cost of [whole, both - whole]) {
      expect(Number.isFinite(cost)).toBe(true)
      expect(cost).toBeGreaterThanOrEqual(0)
      expect(cost).toBeLessThanOrEqual(1e9)
    }
  })

  it('whose usage of Anthropic goes down, or is no number', async () => {
    for (const usage of [{ input_tokens: -1, output_tokens: -1 }, { input_tokens: 'x' }, 7]) {
      gateway.upstream.next(lying(usage))
      expect((await anthropic.messages.create(message)).content).toMatchObject([{ text: someText }])
    }
    expect(await charged()).toBeGreaterThanOrEqual(0)
  })

  it('that answer 200 with what is no JSON: passed on as it is, charged what was seen', async () => {
    gateway.upstream.next((_, { response }) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<h1>A proxy’s page</h1>')
    })
    const { data, response } = await openai.chat.completions.create(chat).withResponse()
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(data as unknown as string).toContain('A proxy’s page')
    expect(await charged()).toBeLessThan(total * 10)
  })

  it('that pack what they were asked not to pack', async () => {
    const packed = await new Response(
      new Blob([JSON.stringify({ id: 'x', choices: [] })])
        .stream()
        .pipeThrough(new CompressionStream('gzip')),
    ).bytes()
    gateway.upstream.next((_, { response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(packed)
    })
    expect((await openai.chat.completions.create(chat)).id).toBe('x')
  })

  it('with a line that never ends', async () => {
    const piece = `data: {"choices":[{"index":0,"delta":{"content":"`
    gateway.upstream.next(async (_, { response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      await written(response, piece)
      for (let sent = 0; sent < 256 && !response.destroyed; sent += 1)
        await written(response, 'x'.repeat(64 * 1024))
      response.end('"}}]}\n\ndata: [DONE]\n\n')
    })
    const response = await openai.chat.completions.create({ ...chat, stream: true }).asResponse()
    let bytes = 0
    for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length
    expect(bytes).toBeGreaterThan(256 * 64 * 1024)
  })

  it.each([301, 302, 303, 307, 308])('that send the client elsewhere (%i), with its key', async (status) => {
    const elsewhere = await startStrictUpstream()
    const location = `${elsewhere.url}/v1/chat/completions?secret=1`
    gateway.upstream.next((_, { response }) => void response.writeHead(status, { location }).end())
    const failed = await openai.chat.completions.create(chat).catch((error: unknown) => error)
    expect(failed).toMatchObject({ status: 502, message: expect.stringContaining(elsewhere.url) as string })
    expect(String(failed)).not.toContain('secret')
    expect(elsewhere.seen).toEqual([])
    await elsewhere.close()
    expect(await charged()).toBe(0)
  })

  it('that close the connection that they kept alive: the next request never notices', async () => {
    await openai.chat.completions.create(chat)
    await gateway.settled()
    gateway.upstream.closeIdle()
    expect((await openai.chat.completions.create(chat)).choices).toHaveLength(1)
    expect(await charged()).toBe(2 * total)
  })
})

describe('where each request costs one', () => {
  it('an answer costs one, an error and silence nothing', async () => {
    const served = await serveGateway({ unit: 'request', baseRate: 6_000_000 })
    const client = new OpenAI({ apiKey: served.begin().key, baseURL: `${served.url}/v1`, maxRetries: 0 })
    served.upstream.next(properly(), withStatus(500, openaiError('no')), drop, dropAfter(3))
    const calls = Array.from({ length: 3 }, () => client.chat.completions.create(chat))
    expect((await Promise.allSettled(calls)).map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ])
    await served.settled()
    expect(served.books.charged()).toBe(1)
    // Of this one there was something to be had.
    const broken = await client.chat.completions.create({ ...chat, stream: true })
    await expect(allOf(broken)).rejects.toThrow()
    await served.settled()
    expect(served.books.charged()).toBe(2)
    served.check()
    await served.close()
  })
})
