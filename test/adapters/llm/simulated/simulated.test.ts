import { describe, expect, it } from 'vitest'
import { createSimulatedUpstream } from '../../../../src/adapters/llm/simulated/simulated-upstream.ts'
import { fakeClock } from '../../../fakes/clock.ts'
import { fakeRandom } from '../../../fakes/random.ts'
import { recordedCall, type RecordedCall, type RecordedRequest } from '../recorded-call.ts'

const messages = [{ role: 'user', content: 'What became of the report?' }]
/** As the simulation counts: words. */
const promptTokens = 5

const world = (models: string[] = ['*']) => {
  const clock = fakeClock()
  const pace = { firstTokenMs: 100, tokensPerSecond: 50 }
  return {
    clock,
    upstream: createSimulatedUpstream({ name: 's', models, clock, random: fakeRandom(), pace }),
  }
}

async function answered(
  request: RecordedRequest & { json?: object },
  models?: string[],
): Promise<RecordedCall> {
  const { clock, upstream } = world(models)
  const { json, ...rest } = request
  const call = recordedCall(upstream, {
    ...rest,
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
  await clock.advance(120_000)
  expect(await call.over).toEqual({ ended: true })
  expect(clock.pending).toBe(0)
  return call
}

interface Event {
  type?: string
  usage?: Record<string, number> | null
  choices?: { delta?: { content?: string }; text?: string; finish_reason: string | null }[]
  delta?: string | { text?: string; stop_reason?: string }
  response?: { usage: Record<string, number> | null; status: string }
  message?: { usage: Record<string, number> }
}

function eventsOf({ body }: RecordedCall): Event[] {
  return [...body.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Event)
}

describe('a simulated LLM', () => {
  it('says everywhere that it is one', async () => {
    const call = await answered({ path: '/v1/chat/completions', json: { model: 'gpt-5', messages } })
    expect(call.headers.join(': ')).toContain('x-jrctl-simulated: true')
    // What was recorded are bytes, each as a character of its own.
    const text = Buffer.from(call.body, 'latin1').toString()
    const answer = JSON.parse(text) as { model: string; choices: { message: { content: string } }[] }
    expect(answer.model).toBe('simulated/gpt-5')
    expect(answer.choices[0]?.message.content).toMatch(
      /^\[simulated\] No model was asked. On “What became of the report\?”/,
    )
  })

  it('says the same to the same, and other things to others', async () => {
    const said = async (content: string) => {
      const json = { model: 'm', messages: [{ role: 'user', content }] }
      const { body } = await answered({ path: '/v1/chat/completions', json })
      return (JSON.parse(body) as { choices: unknown }).choices
    }
    expect(await said('one')).toEqual(await said('one'))
    expect(await said('one')).not.toEqual(await said('two'))
  })

  it('is heard at its pace: first nothing, then piece by piece, then no more than was asked for', async () => {
    const { clock, upstream } = world()
    const json = { model: 'm', messages, stream: true, max_tokens: 10 }
    const call = recordedCall(upstream, { path: '/v1/chat/completions', body: JSON.stringify(json) })
    const tokens = () =>
      eventsOf(call).filter(({ choices }) => (choices?.[0]?.delta?.content ?? '') !== '').length
    await clock.advance(74)
    expect(call.heads).toBe(0)
    await clock.advance(52)
    expect(call).toMatchObject({ status: 200, outcome: null })
    await clock.advance(100)
    expect(tokens()).toBeGreaterThanOrEqual(3)
    expect(tokens()).toBeLessThanOrEqual(7)
    await clock.advance(10_000)
    expect(call.outcome).toEqual({ ended: true })
    expect(tokens()).toBe(10)
    expect(eventsOf(call).at(-1)?.choices?.[0]?.finish_reason).toBe('length')
  })

  it('keeps no timer for an answer that nobody reads or wants', async () => {
    const { clock, upstream } = world()
    const body = JSON.stringify({ model: 'm', messages, stream: true })
    const unread = recordedCall(upstream, { path: '/v1/chat/completions', body }, { take: () => false })
    await clock.advance(1_000)
    expect(unread.body).not.toBe('')
    expect(clock.pending).toBe(0)
    const unwanted = recordedCall(upstream, { path: '/v1/chat/completions', body })
    unwanted.abort()
    expect(clock.pending).toBe(0)
  })
})

describe('its usage is what it sent', () => {
  const cut = { max_tokens: 7 }

  it('in chat and completions, told at the end of a stream when asked for', async () => {
    for (const [path, told] of [
      ['/v1/chat/completions', { messages }],
      ['/v1/completions', { prompt: messages[0]?.content }],
    ] as const) {
      const usage = { prompt_tokens: promptTokens, completion_tokens: 7, total_tokens: promptTokens + 7 }
      const whole = await answered({ path, json: { model: 'm', ...told, ...cut } })
      expect(JSON.parse(whole.body)).toMatchObject({ usage, choices: [{ finish_reason: 'length' }] })

      const json = { model: 'm', ...told, ...cut, stream: true }
      const silent = await answered({ path, json })
      expect(silent.body).not.toContain('usage')
      const stream = await answered({ path, json: { ...json, stream_options: { include_usage: true } } })
      const events = eventsOf(stream)
      expect(events.at(-1)).toMatchObject({ choices: [], usage })
      expect(events.slice(0, -1).every(({ usage: none }) => none === null)).toBe(true)
      const texts = events.map(({ choices }) => choices?.[0]?.delta?.content ?? choices?.[0]?.text ?? '')
      expect(texts.filter((text) => text !== '')).toHaveLength(7)
      expect(stream.body.endsWith('data: [DONE]\n\n')).toBe(true)
    }
  })

  it('in as many choices as are asked for', async () => {
    const call = await answered({
      path: '/v1/chat/completions',
      json: { model: 'm', messages, ...cut, n: 3 },
    })
    const answer = JSON.parse(call.body) as { usage: object; choices: object[] }
    expect(answer.choices).toHaveLength(3)
    expect(answer.usage).toMatchObject({ completion_tokens: 21 })
  })

  it('in responses, in the last event', async () => {
    const json = { model: 'm', input: messages, max_output_tokens: 7 }
    const usage = { input_tokens: promptTokens, output_tokens: 7, total_tokens: promptTokens + 7 }
    const whole = await answered({ path: '/v1/responses', json })
    expect(JSON.parse(whole.body)).toMatchObject({ status: 'incomplete', usage })
    const events = eventsOf(await answered({ path: '/v1/responses', json: { ...json, stream: true } }))
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { usage } })
    expect(events.filter(({ type }) => type === 'response.output_text.delta')).toHaveLength(7)
    expect(events.map((event) => (event as { sequence_number?: number }).sequence_number)).toEqual(
      events.map((_, i) => i),
    )
  })

  it('in messages, cumulative in the last delta, and as count_tokens tells', async () => {
    const told = { model: 'm', system: 'Be brief.', messages }
    const ask = { dialect: 'anthropic', path: '/v1/messages' } as const
    const whole = await answered({ ...ask, json: { ...told, ...cut } })
    const usage = { input_tokens: promptTokens + 2, output_tokens: 7 }
    expect(JSON.parse(whole.body)).toMatchObject({ stop_reason: 'max_tokens', usage })
    const events = eventsOf(await answered({ ...ask, json: { ...told, ...cut, stream: true } }))
    expect(events[0]?.message?.usage).toMatchObject({ input_tokens: promptTokens + 2 })
    expect(events.at(-2)).toMatchObject({ type: 'message_delta', usage: { output_tokens: 7 } })
    expect(events.filter(({ type }) => type === 'content_block_delta')).toHaveLength(7)
    const counted = await answered({ ...ask, path: '/v1/messages/count_tokens', json: told })
    expect(JSON.parse(counted.body)).toEqual({ input_tokens: promptTokens + 2 })
  })

  it('in embeddings, whose vectors are of length 1 and the same in both codings', async () => {
    const json = { model: 'm', input: ['one two', 'three'], dimensions: 8 }
    const floats = await answered({ path: '/v1/embeddings', json })
    const packed = await answered({ path: '/v1/embeddings', json: { ...json, encoding_format: 'base64' } })
    const { data, usage } = JSON.parse(floats.body) as { data: { embedding: number[] }[]; usage: object }
    expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
    expect(data.map(({ embedding }) => Math.hypot(...embedding).toFixed(5))).toEqual(['1.00000', '1.00000'])
    const { data: coded } = JSON.parse(packed.body) as { data: { embedding: string }[] }
    const bytes = Buffer.from(coded[0]?.embedding ?? '', 'base64')
    const unpacked = Array.from({ length: 8 }, (_, i) => bytes.readFloatLE(4 * i))
    expect(unpacked).toEqual(data[0]?.embedding)
  })
})

describe('what a simulated LLM refuses, it refuses as the real ones do', () => {
  it.each([
    ['openai', '{"model": "m"', 400, { error: { type: 'invalid_request_error' } }],
    ['openai', '[]', 400, { error: { type: 'invalid_request_error' } }],
    ['openai', '{"messages":[]}', 400, { error: { message: 'you must provide a model parameter' } }],
    ['openai', '{"model":"m"}', 400, { error: { message: "Missing required parameter: 'messages'." } }],
    ['openai', '{"model":"x","messages":[]}', 404, { error: { code: 'model_not_found' } }],
    ['anthropic', '{"model":"x","messages":[]}', 404, { type: 'error', error: { type: 'not_found_error' } }],
    ['anthropic', '{', 400, { type: 'error', error: { type: 'invalid_request_error' } }],
  ] as const)('%s %s: %i', async (dialect, body, status, shape) => {
    const path = dialect === 'openai' ? '/v1/chat/completions' : '/v1/messages'
    const call = await answered({ dialect, path, body }, ['m', 'known-*'])
    expect(call.status).toBe(status)
    expect(JSON.parse(call.body)).toMatchObject(shape)
  })

  it('lists its models, and tells of one', async () => {
    const get = (dialect: 'openai' | 'anthropic', path: string) =>
      answered({ method: 'GET', dialect, path, body: null }, ['small', 'big-*'])
    const listed = JSON.parse((await get('openai', '/v1/models?x=1')).body) as { data: { id: string }[] }
    expect(listed.data.map(({ id }) => id)).toEqual(['small', 'simulated'])
    expect(JSON.parse((await get('anthropic', '/v1/models')).body)).toMatchObject({
      first_id: 'small',
      has_more: false,
    })
    expect(JSON.parse((await get('openai', '/v1/models/big-one')).body)).toMatchObject({ id: 'big-one' })
    expect((await get('openai', '/v1/models/other')).status).toBe(404)
    expect((await get('openai', '/v1/models/%')).status).toBe(404)
    expect((await get('openai', '/v1/files')).status).toBe(404)
  })
})
