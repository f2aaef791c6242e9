import { describe, expect, it } from 'vitest'
import { createMeter } from '../../../src/gateway/metering/meter.ts'
import { document, events, headers, pass, request } from './passing.ts'

const chat = request('/v1/chat/completions')
const messages = request('/v1/messages')
const responses = request('/v1/responses')

const event = (value: object): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
const said = (content: string): Buffer => event({ choices: [{ index: 0, delta: { content } }], usage: null })
const counted = (prompt_tokens: number, completion_tokens: number, choices: object[] = []): Buffer =>
  event({ choices, usage: { prompt_tokens, completion_tokens } })

const begins = (usage: object): Buffer => event({ type: 'message_start', message: { content: [], usage } })
const goesOn = (text: string): Buffer =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const ends = (usage: object): Buffer => event({ type: 'message_delta', delta: {}, usage })

describe('an answer without a report', () => {
  it('costs its input as guessed and a token a delta', () => {
    const { usage, seenTokens } = pass(chat, events, [said('a'), said('b'), said('')])
    expect(usage).toBeNull()
    expect(seenTokens).toBe(chat.inputTokens + 2)
  })

  it('costs a token for every four bytes where deltas are long', () => {
    const { seenTokens } = pass(chat, events, [said('x'.repeat(400)), said('y'.repeat(400))])
    expect(seenTokens).toBe(chat.inputTokens + 200)
  })

  it('is measured by what its tools were given, and by what it thought', () => {
    const tool = event({
      choices: [{ delta: { tool_calls: [{ function: { arguments: 'x'.repeat(40) } }] } }],
    })
    const thought = event({ choices: [{ delta: { reasoning_content: 'x'.repeat(40) } }] })
    expect(pass(chat, events, [tool, thought]).seenTokens).toBe(chat.inputTokens + 20)
  })

  it('counts the text of a response once, though it comes again whole at the end', () => {
    const delta = event({ type: 'response.output_text.delta', delta: 'x'.repeat(40) })
    const done = event({ type: 'response.output_text.done', text: 'x'.repeat(40) })
    const item = event({ type: 'response.output_item.done', item: { content: [{ text: 'x'.repeat(40) }] } })
    expect(pass(responses, events, [delta, done, item]).seenTokens).toBe(responses.inputTokens + 10)
  })

  it('is measured by its text in one document, too', () => {
    const body = Buffer.from(JSON.stringify({ choices: [{ message: { content: 'x'.repeat(40) } }] }))
    expect(pass(chat, document, [body.subarray(0, 50), body.subarray(50)]).seenTokens).toBe(
      chat.inputTokens + 10,
    )
  })

  it('costs what was expected where its coding cannot be read', () => {
    const gzip = headers('text/event-stream', 'Content-Encoding', 'gzip')
    const { usage, seenTokens, forwarded } = pass(chat, gzip, [counted(1, 1)])
    expect([usage, seenTokens]).toEqual([null, chat.estimateTokens])
    expect(forwarded).toEqual(counted(1, 1))
  })

  it.each([400, 429, 500, 301])('costs nothing when it is a refusal with %i', (status) => {
    const meter = createMeter(chat)
    expect(meter.head(status, events)).toEqual({ shortens: false })
    expect(meter.push(counted(1, 1))).toEqual(counted(1, 1))
    meter.end()
    expect([meter.usage(), meter.seenTokens()]).toEqual([null, 0])
  })

  it('costs nothing before it begins', () => {
    expect(createMeter(chat).seenTokens()).toBe(0)
  })
})

describe('an answer that broke off', () => {
  it('costs the input that it began with, and the output seen', () => {
    const chunks = [begins({ input_tokens: 25, output_tokens: 1 }), goesOn('Hello'), goesOn('you')]
    const { usage, seenTokens } = pass(messages, events, chunks, false)
    expect(usage).toEqual({ inputTokens: 25, outputTokens: 1 + 2, totalTokens: 28, complete: false })
    expect(seenTokens).toBe(28)
  })

  it('costs the last report and what was seen since, where reports come all along', () => {
    const chunks = [counted(16, 5, [{ delta: { content: 'x'.repeat(100) } }]), said('y')]
    expect(pass(chat, events, chunks, false).usage).toMatchObject({
      inputTokens: 16,
      outputTokens: 6,
      complete: false,
    })
  })

  it('is not taken out in the middle of its report, which counts', () => {
    const chunk = counted(5, 7).subarray(0, -3)
    const { usage, forwarded } = pass(chat, events, [chunk])
    expect(usage).toMatchObject({ inputTokens: 5, outputTokens: 7 })
    expect(forwarded).toEqual(chunk)
  })

  it('is not complete though its upstream ended it, without the last word', () => {
    const { usage } = pass(messages, events, [
      begins({ input_tokens: 25, output_tokens: 1 }),
      goesOn('Hello'),
    ])
    expect(usage).toMatchObject({ outputTokens: 3, complete: false })
  })
})

describe('an upstream that lies', () => {
  it.each([
    ['below nothing', { prompt_tokens: -5, completion_tokens: -1 }],
    ['a fraction', { prompt_tokens: 1.5, completion_tokens: 0.1 }],
    ['more than there is', { prompt_tokens: 1e308, completion_tokens: 1e9 }],
    ['in words', { prompt_tokens: '9', completion_tokens: 'many' }],
    ['nothing', {}],
    ['other things', { prompt_tokens: null, completion_tokens: [1], total_tokens: { a: 1 } }],
    ['to its prototype', JSON.parse('{"__proto__":{"prompt_tokens":5}}')],
  ])('is not believed: %s', (_, usage) => {
    const passed = pass(chat, events, [said('a'), event({ choices: [], usage })])
    expect(passed.usage).toBeNull()
    expect(passed.seenTokens).toBe(chat.inputTokens + 1)
    expect(passed.forwarded).toEqual(said('a'))
  })

  it('is believed in the part that can be', () => {
    const { usage } = pass(chat, events, [
      said('abcd'),
      event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: -1 } }),
    ])
    expect(usage).toEqual({ inputTokens: 7, outputTokens: 1, totalTokens: 8, complete: false })
  })

  it.each([
    ['twice', [counted(5, 7), counted(5, 7)], 5, 7],
    ['less the second time', [counted(5, 7), counted(4, 3)], 5, 7],
    ['a part each time', [counted(5, 0), counted(0, 7)], 5, 7],
  ])('counts once, the most it said: %s', (_, chunks, inputTokens, outputTokens) => {
    expect(pass(chat, events, chunks).usage).toMatchObject({ inputTokens, outputTokens, complete: true })
  })

  it('tells only the total of embeddings', () => {
    const body = Buffer.from('{"usage":{"total_tokens":8}}')
    const embeddings = request('/v1/embeddings', { stream: false })
    const usage = { inputTokens: 8, outputTokens: 0, totalTokens: 8, complete: true }
    expect(pass(embeddings, document, [body]).usage).toEqual(usage)
    expect(pass(embeddings, document, [Buffer.from('{"usage":{}}')]).usage).toBeNull()
  })

  it('tells only a total beside its input', () => {
    const total = { choices: [], usage: { prompt_tokens: 5, total_tokens: 9 } }
    expect(pass(chat, events, [event(total)]).usage).toMatchObject({
      outputTokens: 4,
      totalTokens: 9,
      complete: true,
    })
  })

  it('counts thinking in the total alone', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 106 }
    expect(pass(chat, events, [event({ choices: [], usage })]).usage?.totalTokens).toBe(106)
  })
})

describe('what a message reports', () => {
  it('is replaced by what it reports later, never added', () => {
    const chunks = [
      begins({ input_tokens: 25, output_tokens: 1 }),
      ends({ output_tokens: 15 }),
      ends({ output_tokens: 20 }),
    ]
    expect(pass(messages, events, chunks).usage).toMatchObject({
      inputTokens: 25,
      outputTokens: 20,
      complete: true,
    })
  })

  it('may tell its input only at the end', () => {
    const chunks = [
      begins({ input_tokens: 0, output_tokens: 0 }),
      ends({ input_tokens: 30, output_tokens: 15 }),
    ]
    expect(pass(messages, events, chunks).usage).toMatchObject({
      inputTokens: 30,
      outputTokens: 15,
      complete: true,
    })
  })

  it('passes untouched, whatever is in it', () => {
    const chunk = counted(1, 1)
    expect(pass(messages, events, [chunk]).forwarded).toEqual(chunk)
  })
})
