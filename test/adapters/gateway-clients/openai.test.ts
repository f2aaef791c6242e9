import OpenAI, {
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openaiError } from '../../support/llm/openai-answers.ts'
import { rawConnection, rawRequest } from '../../support/llm/raw-connection.ts'
import { changesOf, recordingFetch } from '../../support/llm/recording-fetch.ts'
import {
  drop,
  dropAfter,
  garbage,
  hang,
  hangAfter,
  modelsKnown,
  properly,
  withStatus,
} from '../../support/llm/replies.ts'
import { allOf } from '../../support/llm/all-of.ts'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'
import { someText, someTokens } from '../../support/llm/tokens.ts'

const model = 'small-1'
const messages = [{ role: 'user' as const, content: 'How many are they? ✓' }]
const total = someTokens.input + someTokens.output

/** An unmodified OpenAI SDK that is told nothing but the gateway's address and a key (spec §6). */
describe('the openai package', () => {
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
    new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0, fetch: recorder.fetch, ...more })
  const verbatim = () => {
    const { seen } = gateway.upstream
    expect(recorder.sent.flatMap((sent, index) => changesOf(sent, seen[index] ?? fail()))).toEqual([])
  }

  it.each<[string, number, (client: OpenAI) => Promise<unknown>]>([
    ['chat', total, async (client) => textOf(await client.chat.completions.create({ model, messages }))],
    [
      'completion',
      total,
      async (client) => (await client.completions.create({ model, prompt: 'So' })).choices[0]?.text,
    ],
    [
      'response',
      total,
      async (client) => (await client.responses.create({ model, input: 'So' })).output_text,
    ],
  ])('gets a %s and is charged what it cost', async (_, cost, call) => {
    expect(await call(clientOf())).toBe(someText)
    verbatim()
    await gateway.settled()
    expect(gateway.books.charged()).toBe(cost)
  })

  it('gets embeddings, which cost their input', async () => {
    const { data } = await clientOf().embeddings.create({ model, input: ['a', 'b'] })
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.25, -0.5, 1],
      [0.25, -0.5, 1],
    ])
    verbatim()
    await gateway.settled()
    expect(gateway.books.charged()).toBe(someTokens.input)
  })

  it('lists the models and finds one, for nothing', async () => {
    const client = clientOf()
    const { data } = await client.models.list()
    expect(data.map(({ id }) => id)).toEqual(modelsKnown)
    expect((await client.models.retrieve('small-1')).id).toBe('small-1')
    expect(gateway.books.charged()).toBe(0)
  })

  it('is told where it stands', async () => {
    const { response } = await clientOf().chat.completions.create({ model, messages }).withResponse()
    const told = Object.fromEntries(
      ['position', 'share', 'waited-ms', 'charged'].map((name) => [
        name,
        response.headers.get(`x-jrctl-${name}`),
      ]),
    )
    expect(told).toMatchObject({ position: '1', share: '0.5', charged: String(total) })
    expect(Number(told['waited-ms'])).toBeGreaterThanOrEqual(0)
    expect(response.headers.get('x-request-id')).toBe('req-upstream-1')
  })

  it('is told what a stream has cost after its end, in a trailer', async () => {
    const headers = [`Authorization: Bearer ${key}`, 'Content-Type: application/json', 'Connection: close']
    const body = JSON.stringify({ model, messages, stream: true })
    const answer = await (
      await rawConnection(gateway.url, rawRequest('POST /v1/chat/completions', { headers, body }))
    ).closed
    expect(answer).toMatch(/^trailer: x-jrctl-charged\r$/im)
    expect(answer).toMatch(new RegExp(`\\r\\n0\\r\\nx-jrctl-charged: ${total}\\r\\n\\r\\n$`, 'i'))
  })

  it('needs no /v1 in its address', async () => {
    const client = clientOf({ baseURL: gateway.url })
    expect(textOf(await client.chat.completions.create({ model, messages }))).toBe(someText)
  })

  describe.each([
    ['LF, event by event', { eol: '\n', cutBytes: null }],
    ['CRLF, 7 bytes at a time', { eol: '\r\n', cutBytes: 7 }],
    ['LF, byte by byte', { eol: '\n', cutBytes: 1 }],
    ['CR, 3 bytes at a time', { eol: '\r', cutBytes: 3 }],
  ] as const)('streaming, %s', (_, style) => {
    it('a chat', async () => {
      gateway.upstream.next(properly(someTokens, style))
      const stream = await clientOf().chat.completions.create({ model, messages, stream: true })
      let text = ''
      for await (const chunk of stream) {
        expect(chunk.choices).toHaveLength(1)
        expect(chunk.usage ?? null).toBeNull()
        text += chunk.choices[0]?.delta.content ?? ''
      }
      expect(text).toBe(someText)
      verbatim()
      await gateway.settled()
      expect(gateway.books.charged()).toBe(total)
    })

    it('a response', async () => {
      gateway.upstream.next(properly(someTokens, style))
      const stream = clientOf().responses.stream({ model, input: 'So' })
      const types = new Set<string>()
      for await (const { type } of stream) types.add(type)
      expect((await stream.finalResponse()).output_text).toBe(someText)
      expect(types).toContain('response.output_text.delta')
      verbatim()
      await gateway.settled()
      expect(gateway.books.charged()).toBe(total)
    })
  })

  it('streams completions', async () => {
    const stream = await clientOf().completions.create({ model, prompt: 'So', stream: true })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? fail()
    expect(text).toBe(someText)
    verbatim()
    await gateway.settled()
    expect(gateway.books.charged()).toBe(total)
  })

  it('gets the usage that it asked for itself', async () => {
    const stream = await clientOf().chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    const usages = (await allOf(stream)).map((chunk) => chunk.usage)
    expect(usages.at(-1)?.total_tokens).toBe(total)
    expect(usages.slice(0, -1).every((usage) => usage === null)).toBe(true)
    verbatim()
  })

  it.each([false, true])('runs tools; streaming: %s', async (stream) => {
    const called: string[] = []
    const runner = clientOf().chat.completions.runTools({
      model,
      messages,
      stream: stream as true,
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'of a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => {
              called.push(city)
              return 'rain'
            },
          },
        },
      ],
    })
    expect(await runner.finalContent()).toBe(someText)
    expect(called).toEqual(['Zürich'])
    verbatim()
    await gateway.settled()
    expect(gateway.books.charged()).toBe(2 * total)
  })

  it('gets the tool calls of the Responses API', async () => {
    const { output } = await clientOf().responses.create({
      model,
      input: 'So',
      tools: [{ type: 'function', name: 'weather', parameters: {}, strict: false }],
    })
    expect(output[0]).toMatchObject({ type: 'function_call', arguments: '{"city":"Zürich"}' })
  })

  describe('going away', () => {
    it('before the answer begins', async () => {
      gateway.upstream.next(hang)
      const leaving = new AbortController()
      const call = clientOf().chat.completions.create({ model, messages }, { signal: leaving.signal })
      await gateway.upstream.came(1)
      leaving.abort()
      await expect(call).rejects.toBeInstanceOf(APIUserAbortError)
      await gateway.upstream.quiet()
    })

    it('in the middle of a stream', async () => {
      gateway.upstream.next(hangAfter(3))
      const leaving = new AbortController()
      const stream = await clientOf().chat.completions.create(
        { model, messages, stream: true },
        { signal: leaving.signal },
      )
      let chunks = 0
      for await (const _ of stream) if (++chunks === 3) leaving.abort()
      await gateway.upstream.quiet()
      await gateway.settled()
      expect(gateway.books.charged()).toBeGreaterThan(0)
    })

    it('by breaking out of the loop', async () => {
      gateway.upstream.next(hangAfter(2))
      const stream = await clientOf().responses.create({ model, input: 'So', stream: true })
      for await (const _ of stream) break
      await gateway.upstream.quiet()
    })

    it('by its own timeout', async () => {
      gateway.upstream.next(hang)
      const call = clientOf({ timeout: 50 }).chat.completions.create({ model, messages })
      await expect(call).rejects.toBeInstanceOf(APIConnectionTimeoutError)
      await gateway.upstream.quiet()
    })
  })

  it.each<[number, abstract new (...args: never) => Error]>([
    [400, BadRequestError],
    [401, AuthenticationError],
    [403, PermissionDeniedError],
    [404, NotFoundError],
    [409, ConflictError],
    [422, UnprocessableEntityError],
    [429, RateLimitError],
    [500, InternalServerError],
    [503, InternalServerError],
  ])("gets its upstream's %s as it was said, and pays nothing", async (status, kind) => {
    const error = openaiError('the upstream said ✓ so', 'some_type', 'some_code')
    gateway.upstream.next(withStatus(status, error, { 'x-should-retry': 'false', 'retry-after-ms': '7' }))
    const failed = await failureOf(clientOf().chat.completions.create({ model, messages, stream: true }))
    expect(failed).toBeInstanceOf(kind)
    expect(failed).toMatchObject({
      status,
      code: 'some_code',
      type: 'some_type',
      requestID: 'req-upstream-1',
    })
    expect(failed.message).toContain('the upstream said ✓ so')
    expect(failed.headers?.get('retry-after-ms')).toBe('7')
    await gateway.settled()
    expect(gateway.books.charged()).toBe(0)
  })

  it('tries again by itself when its upstream says 429, and pays once', async () => {
    gateway.upstream.next(withStatus(429, openaiError('slower'), { 'retry-after-ms': '1' }))
    const client = clientOf({ maxRetries: 2 })
    expect(textOf(await client.chat.completions.create({ model, messages }))).toBe(someText)
    await gateway.settled()
    expect(gateway.upstream.seen).toHaveLength(2)
    expect(gateway.books.charged()).toBe(total)
  })

  it('tries again by itself when its upstream was away, as it would without us', async () => {
    gateway.upstream.next(drop)
    const client = clientOf({ maxRetries: 1 })
    expect(textOf(await client.chat.completions.create({ model, messages }))).toBe(someText)
    await gateway.settled()
    expect(gateway.books.charged()).toBe(total)
  })

  it.each([
    ['cuts the connection', drop],
    ['answers with what is no HTTP', garbage()],
    ['answers with a broken head', garbage('HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\n')],
  ])('is told when its upstream %s', async (_, reply) => {
    gateway.upstream.next(reply)
    const failed = await failureOf(clientOf().chat.completions.create({ model, messages }))
    expect(failed).toBeInstanceOf(InternalServerError)
    expect(failed.status).toBe(502)
    expect(failed.message).toContain(gateway.upstreamName)
    await gateway.settled()
    expect(gateway.books.charged()).toBe(0)
  })

  it.each(['reset', 'end'] as const)('never takes a broken stream (%s) for a whole one', async (how) => {
    gateway.upstream.next(dropAfter(3, how))
    const stream = await clientOf().chat.completions.create({ model, messages, stream: true })
    await expect(allOf(stream)).rejects.toThrow()
    await gateway.settled()
    expect(gateway.books.charged()).toBeGreaterThan(0)
  })

  it.each([
    ['a wrong key', () => `jrk-1-${'0'.repeat(64)}`],
    ['no key of ours', () => 'sk-proj-1234567890'],
    ['the key of an attempt that has ended', () => gateway.ended()],
  ])('is shown out with %s', async (_, wrong) => {
    const secret = wrong()
    const failed = await failureOf(clientOf({ apiKey: secret }).chat.completions.create({ model, messages }))
    expect(failed).toBeInstanceOf(AuthenticationError)
    expect(failed.message).not.toContain(secret)
    expect(gateway.upstream.seen).toEqual([])
  })

  it('is told which models there are', async () => {
    const failed = await failureOf(clientOf().chat.completions.create({ model: 'no-such-model', messages }))
    expect(failed).toBeInstanceOf(NotFoundError)
    expect(failed.message).toMatch(/no-such-model.*small-\*/s)
  })
})

function textOf(answer: OpenAI.ChatCompletion): string | null | undefined {
  return answer.choices[0]?.message.content
}

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
