import OpenAI from 'openai'
import { expect, it } from 'vitest'
import { serveGateway } from '../../support/llm/gateway.ts'
import { properly, type Reply } from '../../support/llm/replies.ts'

/** An upstream that is full keeps nobody from a free one, not even the task that fills it (spec §5: no capacity idles). */
it('a task that waits for a full upstream is served by another one meanwhile', async () => {
  const gateway = await serveGateway({
    unit: 'request',
    baseRate: 60_000,
    gateway: { maxWaitMs: 10_000 },
    upstream: { models: ['small-*'], maxInFlight: 1 },
    another: { name: 'the-free-one', models: ['large-*'], maxInFlight: 10 },
  })
  const { key } = gateway.begin()
  const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  const call = async (model: string): Promise<string> => {
    const messages = [{ role: 'user' as const, content: 'So?' }]
    await client.chat.completions.create({ model, messages })
    return model
  }
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const held: Reply = async (request, to) => {
    await released
    await properly()(request, to)
  }

  gateway.upstream.next(held)
  const first = call('small-1')
  await gateway.upstream.came(1)
  const second = call('small-1')
  await gateway.asked(1)
  expect(await Promise.all([call('large-1'), call('large-1')])).toEqual(['large-1', 'large-1'])
  expect(gateway.books.waiting()).toBe(1)

  release()
  expect(await Promise.all([first, second])).toEqual(['small-1', 'small-1'])
  await gateway.settled()
  gateway.check()
  await gateway.close()
})
