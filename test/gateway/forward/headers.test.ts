import { array, assert, constantFrom, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerHead } from '../../../src/gateway/forward/answer-head.ts'
import { requestHeaders } from '../../../src/gateway/forward/request-headers.ts'

describe("a client's headers on their way to the upstream", () => {
  it('go on as they are spelt, in their order, doubles too', () => {
    const raw = [
      'Content-Type',
      'application/json',
      'X-Stainless-Lang',
      'js',
      'anthropic-beta',
      'a',
      'anthropic-beta',
      'b',
    ]
    expect(requestHeaders(raw)).toEqual(raw)
  })

  it.each([
    ['Authorization', 'Bearer jrk_secret'],
    ['X-API-Key', 'jrk_secret'],
    ['Host', '127.0.0.1:4000'],
    ['Content-Length', '12'],
    ['Accept-Encoding', 'gzip, br'],
    ['Expect', '100-continue'],
    ['Cookie', 'a=b'],
    ['Transfer-Encoding', 'chunked'],
    ['Connection', 'keep-alive'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Authorization', 'Basic x'],
    ['TE', 'trailers'],
    ['Upgrade', 'h2c'],
    ['X-Jrctl-Position', '1'],
  ])('leave out %s', (name, value) => {
    expect(requestHeaders([name, value, 'Accept', '*/*'])).toEqual(['Accept', '*/*'])
    expect(requestHeaders([name.toUpperCase(), value])).toEqual([])
  })

  it('leave out what any Connection header nominates', () => {
    const raw = [
      'Connection',
      'X-One, close',
      'X-One',
      '1',
      'x-two',
      '2',
      'connection',
      ' x-TWO ',
      'X-Three',
      '3',
    ]
    expect(requestHeaders(raw)).toEqual(['X-Three', '3'])
  })

  it('never include a key, whatever else there is', () => {
    const name = constantFrom(
      'authorization',
      'Authorization',
      'x-api-key',
      'X-Api-Key',
      'accept',
      'connection',
      'x-a',
    )
    assert(
      property(array(tuple(name, constantFrom('secret', 'x-a', 'close'))), (pairs) => {
        const kept = requestHeaders(pairs.flat()).filter((_, i) => i % 2 === 0)
        expect(kept.some((each) => /^(?:authorization|x-api-key)$/i.test(each))).toBe(false)
      }),
    )
  })
})

describe("the head of an upstream's answer", () => {
  const head = (...raw: string[]) =>
    answerHead(
      200,
      raw.map((text) => Buffer.from(text, 'latin1')),
    )

  it('keeps every header as it came, byte for byte', () => {
    const raw = ['Content-Type', 'text/plain', 'X-Odd', 'caf\u00e9', 'set-cookie', 'a', 'set-cookie', 'b']
    expect(head(...raw).headers).toEqual(raw)
  })

  it('takes its length out of them', () => {
    expect(head('Content-Length', '12')).toMatchObject({ headers: [], contentLength: 12 })
    expect(head('Content-Length', '1e3')).toMatchObject({ contentLength: null })
    expect(head()).toMatchObject({ contentLength: null })
  })

  it('has nothing of the connection, and nothing that only we may say', () => {
    const raw = [
      'Connection',
      'close, X-Mine',
      'X-Mine',
      '1',
      'Keep-Alive',
      'timeout=5',
      'Transfer-Encoding',
      'chunked',
    ]
    expect(head(...raw, 'Trailer', 'x', 'x-jrctl-charged', '0').headers).toEqual([])
  })

  it('says whether it is a stream of events', () => {
    expect(head('content-type', 'text/event-stream; charset=utf-8').eventStream).toBe(true)
    expect(head('content-type', 'application/json').eventStream).toBe(false)
  })

  it('says whether it may be sent at all', () => {
    expect(head('x-a', 'tab\tand \u00ff').sendable).toBe(true)
    expect(head('x-a', 'b\u0001').sendable).toBe(false)
    expect(head('x-a', 'b\u007f').sendable).toBe(false)
  })
})
