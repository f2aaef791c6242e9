import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cutAt, document, events, pass, request } from './passing.ts'

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url))

/** Fixture, path, input, output, total: as the file itself says. */
const reports: [string, string, number, number, number][] = [
  ['chat.sse', '/v1/chat/completions', 19, 10, 29],
  ['chat-tools.sse', '/v1/chat/completions', 82, 17, 99],
  ['chat-vllm-continuous.sse', '/v1/chat/completions', 16, 3, 19],
  ['completions.sse', '/v1/completions', 5, 7, 12],
  ['responses.sse', '/v1/responses', 37, 11, 48],
  ['responses-incomplete.sse', '/v1/responses', 37, 11, 48],
  ['responses-failed.sse', '/v1/responses', 37, 11, 48],
  ['messages.sse', '/v1/messages', 25 + 100 + 2000, 15, 2140],
  ['messages-tools.sse', '/v1/messages', 10682, 510, 11192],
  ['chat.document', '/v1/chat/completions', 19, 10, 29],
  ['completions.document', '/v1/completions', 5, 7, 12],
  ['embeddings.document', '/v1/embeddings', 8, 0, 8],
  ['responses.document', '/v1/responses', 37, 11, 48],
  ['messages.document', '/v1/messages', 2095 + 5 + 20, 503, 2623],
]

describe('usage as the upstream reported it', () => {
  it.each(reports)('%s', (name, path, inputTokens, outputTokens, totalTokens) => {
    const stream = name.endsWith('.sse')
    const body = fixture(name)
    const prepared = request(path, { stream, stream_options: { include_usage: true } })
    const expected = { inputTokens, outputTokens, totalTokens, complete: true }
    for (const chunks of [
      [body],
      [...body].map((byte) => Buffer.from([byte])),
      cutAt(body, [body.length >> 1]),
    ]) {
      const { usage, seenTokens, forwarded } = pass(prepared, stream ? events : document, chunks)
      expect(usage).toEqual(expected)
      expect(seenTokens).toBe(totalTokens)
      expect(forwarded.equals(body)).toBe(true)
    }
  })
})

describe('the event that is there for its usage alone', () => {
  it.each(['chat.sse', 'chat-tools.sse', 'chat-vllm-continuous.sse', 'completions.sse'])(
    'is taken out of %s when the client did not ask',
    (name) => {
      const body = fixture(name).toString()
      const path = name.startsWith('chat') ? '/v1/chat/completions' : '/v1/completions'
      const { forwarded, usage } = pass(request(path), events, [Buffer.from(body)])
      const without = body.split('\n\n').filter((event) => !event.includes('"choices":[]'))
      expect(forwarded.toString()).toBe(without.join('\n\n'))
      expect(forwarded.length).toBeLessThan(body.length)
      expect(usage?.complete).toBe(true)
    },
  )
})
