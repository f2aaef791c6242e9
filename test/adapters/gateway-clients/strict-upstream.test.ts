import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faultsOf, isVerbatim } from '../../support/llm/request-checks.ts'
import type { SeenRequest } from '../../support/llm/seen-request.ts'
import { startStrictUpstream, type StrictUpstream } from '../../support/llm/strict-upstream.ts'

const expected = { host: 'llm:1', key: 'up', secrets: ['client-secret'] }

function request(more: Partial<SeenRequest> & { set?: Record<string, string> } = {}): SeenRequest {
  const body = more.body ?? Buffer.from('{"model":"m"}')
  const headers = {
    host: 'llm:1',
    authorization: 'Bearer up',
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...more.set,
  }
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: Object.entries(headers).filter(([, value]) => value !== ''),
    body,
    json: {},
    ...more,
  }
}

describe('the checks of the strict upstream', () => {
  it('find nothing wrong with a decent request', () => {
    expect(faultsOf(request(), expected)).toEqual([])
    const anthropic = { authorization: '', 'x-api-key': 'up', 'anthropic-version': '2023-06-01' }
    expect(faultsOf(request({ path: '/v1/messages?beta=true', set: anthropic }), expected)).toEqual([])
  })

  it.each<[string, Parameters<typeof request>[0]]>([
    ['nobody serves this', { path: '/v1/secrets' }],
    ['nobody serves this', { method: 'PUT' }],
    ['its key is Bearer other', { set: { authorization: 'Bearer other' } }],
    ['its key is undefined', { set: { authorization: '' } }],
    ['it has a second key', { set: { 'x-api-key': 'up' } }],
    ["it shows a client's key", { set: { 'x-note': 'my client-secret' } }],
    ["it shows a client's key", { body: Buffer.from('{"k":"client-secret"}') }],
    ['it has the header te', { set: { te: 'trailers' } }],
    ['it has the header x-jrctl-position', { set: { 'x-jrctl-position': '1' } }],
    ['its host is gateway:2', { set: { host: 'gateway:2' } }],
    ['it accepts gzip', { set: { 'accept-encoding': 'gzip' } }],
    ['its connection is upgrade', { set: { connection: 'upgrade' } }],
    ['its length is 3, not 13', { set: { 'content-length': '3' } }],
    ['its body is no JSON', { json: undefined }],
    ['its type is not JSON', { set: { 'content-type': 'text/plain' } }],
  ])('find: %s', (fault, more) => {
    const found = faultsOf(request(more), expected)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(fault)
  })

  it('tell a body with nothing but usage asked for from a changed one', () => {
    const sent = '{"model":"m", "stream":true}'
    const asked = '{"model":"m", "stream":true,"stream_options":{"include_usage":true}}'
    const options = '{"a":1,"stream_options":{"x":2}}'
    expect(isVerbatim(sent, sent)).toBe(true)
    expect(isVerbatim(sent, asked)).toBe(true)
    expect(isVerbatim(options, '{"a":1,"stream_options":{"x":2,"include_usage":true}}')).toBe(true)
    expect(isVerbatim(sent, asked.replace(', ', ','))).toBe(false)
    expect(isVerbatim(sent, asked.replace('true}}', 'false}}'))).toBe(false)
    expect(isVerbatim(sent, sent.replace('}', ',"user":"x"}'))).toBe(false)
    expect(isVerbatim(sent, '{"model":"m"}')).toBe(false)
  })
})

describe('the strict upstream', () => {
  let upstream: StrictUpstream
  beforeAll(async () => {
    upstream = await startStrictUpstream(['client-secret'])
  })
  beforeEach(() => {
    upstream.faults.length = 0
  })
  afterAll(() => upstream.close())

  it('hears and answers over a socket, and says what it did not like', async () => {
    const ask = (key: string) =>
      fetch(`${upstream.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{"model":"m","messages":[]}',
      })
    const answer = (await (await ask(upstream.key)).json()) as { model: string }
    expect(answer.model).toBe('m')
    await (await ask('client-secret')).text()
    await upstream.quiet()
    expect(upstream.seen).toHaveLength(2)
    expect(upstream.faults.filter((fault) => !fault.includes('accept'))).toEqual([
      'POST /v1/chat/completions: its key is Bearer client-secret',
      "POST /v1/chat/completions: it shows a client's key",
    ])
  })
})
