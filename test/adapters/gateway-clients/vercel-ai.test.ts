import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { embedMany, generateText, jsonSchema, stepCountIs, streamText, tool, type LanguageModel } from 'ai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { allOf } from '../../support/llm/all-of.ts'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'
import { hang, hangAfter, withStatus } from '../../support/llm/replies.ts'
import { openaiError } from '../../support/llm/openai-answers.ts'
import { someText, someTokens } from '../../support/llm/tokens.ts'

// What is not to be relied on is said to nobody.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
const total = someTokens.input + someTokens.output

/** Vercel's ai package, over the gateway, by each of the APIs that it knows (spec §6). */
describe('the ai package', () => {
  let gateway: ServedGateway
  let key: string
  beforeAll(async () => {
    gateway = await serveGateway({ unit: 'token', baseRate: 6_000_000 })
    key = gateway.begin().key
  })
  afterEach(async () => {
    await gateway.settled()
    gateway.check()
  })
  afterAll(() => gateway.close())

  const openai = () => createOpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` })
  const apis: [string, () => LanguageModel][] = [
    ['chat completions', () => openai().chat('small-1')],
    ['responses', () => openai().responses('small-1')],
    ['messages', () => createAnthropic({ apiKey: key, baseURL: `${gateway.url}/v1` })('large-1')],
  ]
  const charged = async () => {
    await gateway.settled()
    return gateway.books.charged()
  }
  /** @returns where the weather was asked for */
  const weather = (asked: string[]) => ({
    weather: tool({
      description: 'of a city',
      inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
      execute({ city }) {
        asked.push(city)
        return 'rain'
      },
    }),
  })

  describe.each(apis)('by %s', (_, model) => {
    it('generates text', async () => {
      const { text, usage } = await generateText({ model: model(), prompt: 'So?', maxRetries: 0 })
      expect(text).toBe(someText)
      expect(usage).toMatchObject({ inputTokens: someTokens.input, outputTokens: someTokens.output })
      expect(await charged()).toBe(total)
    })

    it('streams text', async () => {
      const { textStream, usage } = streamText({ model: model(), prompt: 'So?', maxRetries: 0 })
      expect((await allOf(textStream)).join('')).toBe(someText)
      expect((await usage).outputTokens).toBe(someTokens.output)
      expect(await charged()).toBe(total)
    })

    it('runs tools, whole and streamed', async () => {
      const asked: string[] = []
      const call = {
        model: model(),
        prompt: 'So?',
        maxRetries: 0,
        tools: weather(asked),
        stopWhen: stepCountIs(3),
      }
      expect((await generateText(call)).text).toBe(someText)
      expect(await streamText(call).text).toBe(someText)
      expect(asked).toEqual(['Zürich', 'Zürich'])
      expect(await charged()).toBe(4 * total)
    })

    it('frees the upstream when it goes away', async () => {
      gateway.upstream.next(hang)
      const leaving = new AbortController()
      const call = generateText({ model: model(), prompt: 'So?', maxRetries: 0, abortSignal: leaving.signal })
      await gateway.upstream.came(1)
      leaving.abort()
      await expect(call).rejects.toThrow(/abort/)
      await gateway.upstream.quiet()

      gateway.upstream.next(hangAfter(5))
      const stopping = new AbortController()
      const { fullStream } = streamText({
        model: model(),
        prompt: 'So?',
        maxRetries: 0,
        abortSignal: stopping.signal,
      })
      for await (const { type } of fullStream) if (type === 'text-delta') stopping.abort()
      await gateway.upstream.quiet()
    })
  })

  it('tries again by itself when its upstream says so', async () => {
    gateway.upstream.next(withStatus(429, openaiError('slower'), { 'retry-after-ms': '1' }))
    const { text } = await generateText({ model: openai().chat('small-1'), prompt: 'So?', maxRetries: 1 })
    expect(text).toBe(someText)
    expect(gateway.upstream.seen).toHaveLength(2)
    expect(await charged()).toBe(total)
  })

  it('embeds', async () => {
    const { embeddings } = await embedMany({ model: openai().embedding('small-1'), values: ['a', 'b'] })
    expect(embeddings).toHaveLength(2)
    expect(await charged()).toBe(someTokens.input)
  })
})
