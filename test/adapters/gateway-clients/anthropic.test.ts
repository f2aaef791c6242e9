import Anthropic, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { anthropicError } from '../../support/llm/anthropic-answers.ts'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'
import { changesOf, recordingFetch } from '../../support/llm/recording-fetch.ts'
import {
  drop,
  dropAfter,
  hang,
  hangAfter,
  modelsKnown,
  properly,
  withStatus,
} from '../../support/llm/replies.ts'
import { someText, someTokens } from '../../support/llm/tokens.ts'

const model = 'large-1'
const ask = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: 'How many are they? ✓' }] }
const tools: Anthropic.Tool[] = [{ name: 'weather', input_schema: { type: 'object' } }]
const total = someTokens.input + someTokens.output

/** An unmodified Anthropic SDK that is told nothing but the gateway's address and a key (spec §6). */
describe('the @anthropic-ai/sdk package', () => {
  let gateway: ServedGateway
  let key: string
  const recorder = recordingFetch()
  beforeAll(async () => {
    gateway = await serveGateway({ unit: 'token', baseRate: 6_000_000 })
    key = gateway.begin().key
  })
  afterEach(async () => {
    await gateway.settled()
    gateway.check()
    recorder.sent.length = 0
  })
  afterAll(() => gateway.close())

  const clientOf = (more: object = {}) =>
    new Anthropic({ apiKey: key, baseURL: gateway.url, maxRetries: 0, fetch: recorder.fetch, ...more })
  const charged = async () => {
    await gateway.settled()
    return gateway.books.charged()
  }
  const verbatim = () => {
    const { seen } = gateway.upstream
    expect(recorder.sent).toHaveLength(seen.length)
    expect(seen.flatMap((received, index) => changesOf(recorder.sent[index] ?? fail(), received))).toEqual([])
  }

  it('gets a message, charged what it cost, and is told where it stands', async () => {
    const { data, response } = await clientOf().messages.create(ask).withResponse()
    expect(data.content).toEqual([{ type: 'text', text: someText }])
    expect(response.headers.get('x-jrctl-position')).toBe('1')
    verbatim()
    expect(await charged()).toBe(total)
  })

  it('shows its key as a bearer token too', async () => {
    const { content } = await clientOf({ apiKey: null, authToken: key }).messages.create(ask)
    expect(content).toHaveLength(1)
  })

  it('may have a /v1 in its address', async () => {
    const { content } = await clientOf({ baseURL: `${gateway.url}/v1` }).messages.create(ask)
    expect(content).toHaveLength(1)
  })

  it('counts tokens, lists the models and finds one, for nothing', async () => {
    const client = clientOf()
    const { max_tokens: _, ...what } = ask
    expect(await client.messages.countTokens(what)).toEqual({ input_tokens: someTokens.input })
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(modelsKnown)
    expect((await client.models.retrieve('small-1')).id).toBe('small-1')
    expect(await charged()).toBe(0)
  })

  it.each([
    ['LF, event by event', { eol: '\n', cutBytes: null }],
    ['CRLF, 7 bytes at a time', { eol: '\r\n', cutBytes: 7 }],
    ['LF, byte by byte', { eol: '\n', cutBytes: 1 }],
  ] as const)('streams, %s', async (_, style) => {
    gateway.upstream.next(properly(someTokens, style))
    const stream = clientOf().messages.stream(ask)
    const { content, usage } = await stream.finalMessage()
    expect(content).toMatchObject([{ type: 'text', text: someText }])
    expect(usage).toMatchObject({ input_tokens: someTokens.input, output_tokens: someTokens.output })
    verbatim()
    expect(await charged()).toBe(total)
  })

  it('keeps the query and the headers of a beta', async () => {
    const { content } = await clientOf().beta.messages.create(
      { ...ask, betas: ['context-1m-2025-08-07'] },
      { query: { beta: 'true' } },
    )
    expect(content).toHaveLength(1)
    const [seen] = gateway.upstream.seen
    expect(seen?.path).toBe('/v1/messages?beta=true')
    expect(seen?.headers).toContainEqual(['anthropic-beta', 'context-1m-2025-08-07'])
    verbatim()
  })

  it('gets tool calls, whole and streamed, and answers them', async () => {
    const client = clientOf()
    const whole = await client.messages.create({ ...ask, tools })
    const streamed = await client.messages.stream({ ...ask, tools }).finalMessage()
    for (const { content, stop_reason: reason } of [whole, streamed]) {
      expect(reason).toBe('tool_use')
      expect(content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'Zürich' } }])
    }
    const answered = await client.messages.create({
      ...ask,
      tools,
      messages: [
        ...ask.messages,
        { role: 'assistant', content: whole.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }] },
      ],
    })
    expect(answered.content).toEqual([{ type: 'text', text: someText }])
    verbatim()
    expect(await charged()).toBe(3 * total)
  })

  it('frees the upstream when it goes away, at any time', async () => {
    const leaving = new AbortController()
    gateway.upstream.next(hang)
    const call = clientOf().messages.create(ask, { signal: leaving.signal })
    await gateway.upstream.came(1)
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(APIUserAbortError)
    await gateway.upstream.quiet()

    gateway.upstream.next(hangAfter(3))
    const stream = clientOf().messages.stream(ask)
    for await (const _ of stream) break
    await gateway.upstream.quiet()
    // What it was told before it left: the input, and the first token.
    expect(await charged()).toBeGreaterThanOrEqual(someTokens.input)
  })

  it.each<[number, string, abstract new (...args: never) => Error]>([
    [400, 'invalid_request_error', BadRequestError],
    [401, 'authentication_error', AuthenticationError],
    [404, 'not_found_error', NotFoundError],
    [413, 'request_too_large', APIError],
    [429, 'rate_limit_error', RateLimitError],
    [529, 'overloaded_error', InternalServerError],
  ])("gets its upstream's %s as it was said, and pays nothing", async (status, type, kind) => {
    gateway.upstream.next(withStatus(status, anthropicError('said ✓ so', type)))
    const failed = await failureOf(clientOf().messages.create(ask))
    expect(failed).toBeInstanceOf(kind)
    expect(failed).toMatchObject({ status, error: { error: { type, message: 'said ✓ so' } } })
    expect(await charged()).toBe(0)
  })

  it('tries again by itself when its upstream is overloaded, and pays once', async () => {
    const overloaded = withStatus(529, anthropicError('busy', 'overloaded_error'), { 'retry-after-ms': '1' })
    gateway.upstream.next(overloaded, overloaded)
    expect((await clientOf({ maxRetries: 2 }).messages.create(ask)).content).toHaveLength(1)
    expect(await charged()).toBe(total)
  })

  it('never takes a broken answer for a whole one', async () => {
    gateway.upstream.next(dropAfter(4))
    await expect(clientOf().messages.stream(ask).finalMessage()).rejects.toThrow()
    await gateway.settled()
    gateway.upstream.next(drop)
    const failed = await failureOf(clientOf().messages.create(ask))
    expect(failed).toBeInstanceOf(InternalServerError)
    expect(failed.message).toContain(gateway.upstreamName)
  })

  it('is shown out with a wrong key, in the shape that it knows', async () => {
    const failed = await failureOf(clientOf({ apiKey: 'sk-ant-123' }).messages.create(ask))
    expect(failed).toBeInstanceOf(AuthenticationError)
    expect(failed.error).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
    expect(gateway.upstream.seen).toEqual([])
  })

  it('is told which models there are, in the shape that it knows', async () => {
    const failed = await failureOf(clientOf().messages.create({ ...ask, model: 'no-such-model' }))
    expect(failed).toBeInstanceOf(NotFoundError)
    expect(failed.error).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
    expect(failed.message).toMatch(/no-such-model.*large-\*/s)
  })
})

async function failureOf(call: Promise<unknown>): Promise<InstanceType<typeof APIError>> {
  const failed = await call.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  )
  if (failed instanceof APIError) return failed
  throw failed
}

function fail(): never {
  throw new Error('there is none')
}
