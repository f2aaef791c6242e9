import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointOf } from '../../../src/gateway/request/endpoint.ts'
import { createLearnedUse } from '../../../src/gateway/request/learned-use.ts'
import { createPrepare } from '../../../src/gateway/request/prepare.ts'
import type { Prepared, Unprepared } from '../../../src/gateway/request/prepare.ts'

const prepare = createPrepare({
  learned: createLearnedUse(),
  mayAskForUsage: (_, model) => model !== 'refuses',
})

function prepared(path: string, body: string): Prepared | Unprepared {
  const endpoint = endpointOf('POST', path)
  if (endpoint === null) throw new Error(`no endpoint ${path}`)
  return prepare(endpoint, path, Buffer.from(body))
}

const chat = (body: string): Prepared | Unprepared => prepared('/v1/chat/completions', body)
const bodyOf = (result: Prepared | Unprepared): string | null =>
  result.ok ? (result.body?.toString() ?? null) : null

const added = '"stream_options":{"include_usage":true},'

describe('asking for usage', () => {
  it('is left out where the upstream would refuse it', () => {
    const body = '{"model":"refuses","stream":true}'
    expect(bodyOf(chat(body))).toBe(body)
    expect(chat(body)).toMatchObject({ stripUsage: false })
  })

  it.each([
    ['none yet', '{"model":"m","stream":true}', `{${added}"model":"m","stream":true}`],
    [
      'white space kept',
      ' {\n "stream": true, "model": "m" }\n',
      ` {${added}\n "stream": true, "model": "m" }\n`,
    ],
    ['a byte order mark', '\uFEFF{"stream":true,"model":"m"}', `\uFEFF{${added}"stream":true,"model":"m"}`],
    [
      'null',
      '{"model":"m","stream":true,"stream_options":null}',
      '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      'empty',
      '{"stream_options": {} ,"model":"m","stream":true}',
      '{"stream_options": {"include_usage":true} ,"model":"m","stream":true}',
    ],
    [
      'others',
      '{"stream_options":{"x":{"include_usage":1}},"model":"m","stream":true}',
      '{"stream_options":{"include_usage":true,"x":{"include_usage":1}},"model":"m","stream":true}',
    ],
    [
      'false',
      '{"stream_options":{"include_usage" : false},"model":"m","stream":true}',
      '{"stream_options":{"include_usage" : true},"model":"m","stream":true}',
    ],
    [
      'null within',
      '{"stream_options":{"include_usage":null},"model":"m","stream":true}',
      '{"stream_options":{"include_usage":true},"model":"m","stream":true}',
    ],
    [
      'escaped keys',
      '{"stream\\u005foptions":{"include\\u005fusage":false},"model":"m","stream":true}',
      '{"stream\\u005foptions":{"include\\u005fusage":true},"model":"m","stream":true}',
    ],
    [
      'look-alikes in strings and depths',
      '{"a":"\\"stream_options\\":{","b":{"stream_options":{}},"model":"m","stream":true}',
      `{${added}"a":"\\"stream_options\\":{","b":{"stream_options":{}},"model":"m","stream":true}`,
    ],
  ])('adds it: %s', (_, body, expected) => {
    for (const path of ['/v1/chat/completions', '/v1/completions']) {
      const result = prepared(path, body)
      expect(bodyOf(result)).toBe(expected)
      expect(result).toMatchObject({ stream: true, stripUsage: true, model: 'm' })
    }
  })

  it.each([
    ['asked already', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}'],
    ['no stream', '{"model":"m"}'],
    ['stream false', '{"model":"m","stream":false}'],
    ['stream no boolean', '{"model":"m","stream":"true"}'],
    ['options of no known type', '{"model":"m","stream":true,"stream_options":"all"}'],
    [
      'include_usage of no known type',
      '{"model":"m","stream":true,"stream_options":{"include_usage":"yes"}}',
    ],
  ])('leaves every byte: %s', (_, body) => {
    expect(bodyOf(chat(body))).toBe(body)
    expect(chat(body)).toMatchObject({ stripUsage: false })
  })

  it.each(['/v1/responses', '/v1/messages', '/v1/embeddings'])('leaves every byte at %s', (path) => {
    const body = '{"model":"m","stream":true}'
    expect(bodyOf(prepared(path, body))).toBe(body)
    expect(prepared(path, body)).toMatchObject({ stripUsage: false })
  })

  it('changes nothing else of any body', () => {
    const options = fc.option(
      fc.record(
        { include_usage: fc.constantFrom(true, false, null), other: fc.jsonValue() },
        { requiredKeys: [] },
      ),
    )
    const rest = fc.dictionary(
      fc.string().filter((key) => !named.has(key)),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(rest, options, fc.constantFrom(undefined, 1), (others, stream_options, indent) => {
        const body = {
          ...others,
          model: 'm',
          stream: true,
          ...(stream_options === null ? {} : { stream_options }),
        }
        const text = bodyOf(chat(JSON.stringify(body, null, indent))) ?? ''
        const expected = { ...body, stream_options: { ...stream_options, include_usage: true } }
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(expected)))
      }),
      { numRuns: 80 },
    )
  })
})

const tokens = [
  '"model":"m"',
  '"stream":true',
  '"stream_options":',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"n":',
  '1e999',
  'null',
  '"\\u00',
  '"',
]
const named = new Set(['__proto__', 'n', 'background', 'model', 'stream', 'stream_options'])

describe('what cannot be taken', () => {
  it.each([
    ['{', 'invalid_json', 'ends in the middle, at byte 1'],
    ['{"model":}', 'invalid_json', 'byte 9'],
    ['not json', 'invalid_json', 'begin with "{"'],
    ['', 'invalid_json', 'begin with "{"'],
    ['{"a":1}', 'invalid_model', '"model"'],
    ['{"model":""}', 'invalid_model', '"model"'],
    ['{"model":7}', 'invalid_model', '"model"'],
    ['{"model":{"a":1}}', 'invalid_model', '"model"'],
    [`{"model":"${'m'.repeat(300)}"}`, 'invalid_model', '256'],
    ['{"model":"a","model":"b"}', 'duplicate_key', '"model"'],
    ['{"model":"a","stream":false,"stream":true}', 'duplicate_key', '"stream"'],
    [
      '{"model":"a","stream":true,"stream_options":{"include_usage":true,"include_usage":false}}',
      'duplicate_key',
      'include_usage',
    ],
  ])('%s', (body, code, says) => {
    const refused = chat(body)
    expect(refused).toMatchObject({ ok: false, status: 400, code })
    expect(refused.ok ? '' : refused.message).toContain(says)
  })

  it('runs in the background', () => {
    const body = '{"model":"a","background":true}'
    expect(prepared('/v1/responses', body)).toMatchObject({ ok: false, code: 'background_not_supported' })
    expect(prepared('/v1/responses', body.replace('true', 'false')).ok).toBe(true)
    expect(chat(body).ok).toBe(true)
  })

  it('is never thrown at, whatever the bytes', () => {
    const endpoint = endpointOf('POST', '/v1/chat/completions')
    const token = fc.constantFrom(...tokens).map((text) => Buffer.from(text))
    const noise = fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(fc.array(fc.oneof(token, token, noise), { maxLength: 20 }), (all) => {
        const body = Buffer.concat([Buffer.from('{'), ...all, Buffer.from('}')])
        const result = endpoint && prepare(endpoint, '/v1/chat/completions', body)
        if (result?.ok === false) expect(result.status).toBe(400)
        else expect(JSON.parse(body.toString())).toMatchObject({ model: result?.model })
      }),
      { numRuns: 400 },
    )
  })

  it('is refused without a body, too', () => {
    const endpoint = endpointOf('POST', '/v1/messages')
    expect(endpoint && prepare(endpoint, '/v1/messages', null)).toMatchObject({
      ok: false,
      code: 'invalid_json',
    })
  })
})

describe('what it may cost', () => {
  const guess = (path: string, body: object): Prepared => {
    const result = prepared(path, JSON.stringify({ model: 'm', ...body }))
    if (!result.ok) throw new Error(result.message)
    return result
  }
  const ask = (body: object): Prepared => guess('/v1/chat/completions', body)
  const text = (words: number): object => ({ messages: [{ role: 'user', content: 'words '.repeat(words) }] })

  it('grows with the text, tools and all', () => {
    const [short, long] = [ask(text(100)), ask(text(1000))]
    expect(long.inputTokens - short.inputTokens).toBe((900 * 6) / 4)
    expect(ask({ tools: [{ parameters: 'x '.repeat(200) }] }).inputTokens).toBeGreaterThan(100)
  })

  it('does not take a picture for text', () => {
    const url = `data:image/png;base64,${'iVBORw0KGgo'.repeat(100_000)}`
    const { inputTokens, textBytes } = ask({ messages: [{ content: [{ image_url: { url } }] }] })
    expect(inputTokens).toBeGreaterThan(1000)
    expect(inputTokens).toBeLessThan(1100)
    expect(textBytes).toBe(0)
  })

  it.each([
    ['/v1/chat/completions', { max_tokens: 10 }, 10],
    ['/v1/chat/completions', { max_completion_tokens: 10, max_tokens: 20 }, 10],
    ['/v1/chat/completions', { max_tokens: 10, n: 3 }, 30],
    ['/v1/chat/completions', { max_tokens: 10, n: 1e9 }, 1280],
    ['/v1/chat/completions', { max_tokens: -1, n: 'x' }, 512],
    ['/v1/chat/completions', { max_tokens: 1e308 }, 512],
    ['/v1/completions', { max_tokens: 10, n: 2, best_of: 3 }, 30],
    ['/v1/responses', { max_output_tokens: 10 }, 10],
    ['/v1/messages', { max_tokens: 64_000 }, 512],
    ['/v1/embeddings', { input: ['a'] }, 0],
  ])('%s %j: %i of output', (path, body, outputTokens) => {
    const { inputTokens, outputTokens: guessed, estimateTokens } = guess(path, body)
    expect(guessed).toBe(outputTokens)
    expect(estimateTokens).toBe(inputTokens + outputTokens)
  })

  it('is nothing for what asks nothing of a model', () => {
    expect(guess('/v1/messages/count_tokens', text(100))).toMatchObject({ model: 'm', estimateTokens: 0 })
    const models = endpointOf('GET', '/v1/models')
    expect(models && prepare(models, '/v1/models', null)).toMatchObject({
      model: null,
      body: null,
      estimateTokens: 0,
    })
    const one = endpointOf('GET', '/v1/models/a%2Fb')
    expect(one && prepare(one, '/v1/models/a%2Fb', null)).toMatchObject({ model: 'a/b', estimateTokens: 0 })
  })
})
