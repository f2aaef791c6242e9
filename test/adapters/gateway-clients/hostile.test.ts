import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { serveGateway } from '../../support/llm/gateway.ts'
import type { ServedGateway } from '../../support/llm/served-gateway.ts'
import { dropAfter, hang } from '../../support/llm/replies.ts'
import { rawConnection, rawRequest } from '../../support/llm/raw-connection.ts'

const chat = 'POST /v1/chat/completions'
const good = '{"model":"small-1","messages":[]}'
const maxBodyBytes = 64 * 1024

/** What no SDK would send: each gets an answer it can act on, or is cut off; and the gateway goes on. */
describe('hostile clients', () => {
  let gateway: ServedGateway
  let key: string
  beforeAll(async () => {
    gateway = await serveGateway({
      unit: 'request',
      baseRate: 6_000_000,
      gateway: { maxBodyBytes, requestTimeoutMs: 400 },
    })
    key = gateway.begin().key
  })
  afterEach(async () => {
    // Whatever was sent, the next one is served.
    const { closed } = await ask(rawRequest(chat, { headers: [...json(), 'Connection: close'], body: good }))
    expect(await closed).toMatch(/^HTTP\/1\.1 200 /)
    await gateway.settled()
    gateway.check()
  })
  afterAll(() => gateway.close())

  const ask = (bytes: string | Buffer) => rawConnection(gateway.url, bytes)
  const json = () => [`Authorization: Bearer ${key}`, 'Content-Type: application/json']
  const closing = () => [...json(), 'Connection: close']

  it.each<[string, number, RegExp, () => string]>([
    ['no JSON', 400, /JSON/, () => rawRequest(chat, { headers: closing(), body: '{"model": ' })],
    ['an array', 400, /object/, () => rawRequest(chat, { headers: closing(), body: '[1]' })],
    ['no body', 400, /body|JSON/, () => rawRequest(chat, { headers: [...closing(), 'Content-Length: 0'] })],
    ['no model', 400, /model/, () => rawRequest(chat, { headers: closing(), body: '{"messages":[]}' })],
    [
      'a model of another type',
      400,
      /model/,
      () => rawRequest(chat, { headers: closing(), body: '{"model":7}' }),
    ],
    [
      'bytes that are no UTF-8',
      400,
      /JSON|UTF-8/,
      () => rawRequest(chat, { headers: [...closing(), 'Content-Length: 4'], body: '\u0000\u0001\u0002{' }),
    ],
    [
      'deep nesting',
      400,
      /./,
      () =>
        rawRequest(chat, {
          headers: closing(),
          body: `{"model":"small-1","messages":${'['.repeat(20_000)}}`,
        }),
    ],
    [
      'an unknown path',
      404,
      /\/v1\/chat\/completions/,
      () => rawRequest('POST /v2/chat', { headers: closing(), body: good }),
    ],
    [
      'a climbing path',
      404,
      /./,
      () => rawRequest('GET /v1/models/../chat/completions', { headers: closing() }),
    ],
    [
      'an encoded climbing path',
      404,
      /./,
      () => rawRequest('GET /v1/models/%2e%2e%2fchat', { headers: closing() }),
    ],
    ['another method', 405, /POST/, () => rawRequest('DELETE /v1/chat/completions', { headers: closing() })],
    [
      'a length of 10 GB',
      413,
      /64/,
      () => rawRequest(chat, { headers: [...closing(), 'Content-Length: 10000000000'], body: '{' }),
    ],
    [
      'a longer body than it may be',
      413,
      /64/,
      () => rawRequest(chat, { headers: closing(), body: `"${'x'.repeat(maxBodyBytes)}"` }),
    ],
    [
      'a bomb of headers',
      431,
      /./,
      () => rawRequest(chat, { headers: [...closing(), `X-A: ${'a'.repeat(100_000)}`], body: good }),
    ],
    [
      'a thousand headers',
      431,
      /./,
      () =>
        rawRequest(chat, {
          headers: [...closing(), ...Array.from({ length: 5000 }, (_, index) => `X-${index}: a`)],
          body: good,
        }),
    ],
    [
      'another host',
      421,
      /127\.0\.0\.1/,
      () => rawRequest(chat, { host: 'evil.example', headers: closing(), body: good }),
    ],
    [
      'two lengths',
      400,
      /./,
      () =>
        rawRequest(chat, {
          headers: [...closing(), 'Content-Length: 5', 'Content-Length: 6'],
          body: 'aaaaaa',
        }),
    ],
    [
      'a length and chunks',
      400,
      /./,
      () =>
        rawRequest(chat, {
          headers: [...closing(), 'Content-Length: 5', 'Transfer-Encoding: chunked'],
          body: '0\r\n\r\n',
        }),
    ],
    ['what is no HTTP', 400, /./, () => '\u0016\u0003\u0001\u0000garbage\r\n\r\n'],
  ])('%s: %i', async (_, status, message, request) => {
    const answer = await (await ask(request())).closed
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toMatch(message)
    expect(answer).not.toContain(key)
    expect(gateway.upstream.seen).toEqual([])
  })

  it('a chunked body is counted as it comes', async () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    const { closed } = await ask(
      rawRequest(chat, { headers: [...closing(), 'Transfer-Encoding: chunked'], body: chunk.repeat(5) }),
    )
    expect(await closed).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('a head that never ends, and a body that never ends, are cut off in time', async () => {
    const [head, body] = await Promise.all([
      ask(`${chat} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: `),
      ask(rawRequest(chat, { headers: [...json(), 'Content-Length: 100'], body: '{' })),
    ])
    expect(await head.closed).toMatch(/^HTTP\/1\.1 408 /)
    expect(await body.closed).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('requests that are sent without waiting are answered in their order', async () => {
    const one = (user: string) =>
      rawRequest(chat, { headers: json(), body: `{"model":"small-1","messages":[],"user":"${user}"}` })
    const last = rawRequest('GET /v1/models', { headers: closing() })
    const answer = await (await ask(one('a') + one('b') + last)).closed
    expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(3)
    expect(answer.indexOf('chat.completion')).toBeLessThan(answer.indexOf('"object":"list"'))
    // They go up together.
    expect(gateway.upstream.seen).toHaveLength(3)
  })

  it('a client that closes its half is gone: a killed one says no more than that', async () => {
    gateway.upstream.next(hang)
    const connection = await ask(rawRequest(chat, { headers: json(), body: good }))
    await gateway.upstream.came(1)
    connection.socket.end()
    await gateway.upstream.quiet()
    expect(await connection.closed).toBe('')
  })

  it('a client that leaves while its key is looked up leaves nothing behind', async () => {
    const { key: fresh } = gateway.begin()
    const held = gateway.holdKeys()
    const headers = [`Authorization: Bearer ${fresh}`, 'Content-Type: application/json']
    const connection = await ask(rawRequest(chat, { headers, body: good }))
    await held.asked
    connection.socket.destroy()
    await connection.closed
    // Whoever is answered now came after the end of the other was seen.
    await (
      await ask(rawRequest('GET /', { headers: ['Connection: close'] }))
    ).closed
    held.release()
  })

  it('Expect: 100-continue is answered before the body is read', async () => {
    const connection = await ask(
      rawRequest(chat, {
        headers: [...closing(), 'Expect: 100-continue', `Content-Length: ${good.length}`],
      }),
    )
    await connection.said(/^HTTP\/1\.1 100 /)
    connection.socket.write(good)
    expect(await connection.closed).toMatch(/HTTP\/1\.1 200 /)
  })

  it('headers of one connection, and cookies, end here', async () => {
    const sly = [
      'Connection: close, X-Mine',
      'X-Mine: 1',
      'TE: trailers',
      'Proxy-Authorization: Basic eA==',
      'X-Jrctl-Position: 1',
      'X-Kept: ✓',
    ]
    await (
      await ask(rawRequest(chat, { headers: [...json(), ...sly, 'Cookie: a=b'], body: good }))
    ).closed
    const [seen] = gateway.upstream.seen
    const names = seen?.headers.map(([name]) => name)
    expect(names).toContain('x-kept')
    for (const name of ['x-mine', 'te', 'proxy-authorization', 'x-jrctl-position', 'cookie'])
      expect(names).not.toContain(name)
  })

  it('requests that are sent without waiting are all given up with their connection', async () => {
    gateway.upstream.next(hang, hang, hang)
    const connection = await ask(rawRequest(chat, { headers: json(), body: good }).repeat(3))
    await gateway.upstream.came(3)
    connection.socket.resetAndDestroy()
    await gateway.upstream.quiet()
  })

  it('HTTP/1.0 gets a stream without chunks, ended by the connection; a broken one is reset', async () => {
    const old = rawRequest(chat, { headers: json(), body: good.replace('}', ',"stream":true}') }).replace(
      'HTTP/1.1',
      'HTTP/1.0',
    )
    const answer = await (await ask(old)).closed
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\ndata: \{[^]*data: \[DONE\]\n\n$/)
    gateway.upstream.next(dropAfter(2))
    const broken = await ask(old)
    const reset = once(broken.socket, 'error')
    expect(await reset).toMatchObject([{ code: 'ECONNRESET' }])
    expect(await broken.closed).not.toContain('[DONE]')
  })

  it.each([
    ['CONNECT', 'CONNECT evil.example:443', []],
    ['an upgrade', chat, ['Connection: Upgrade, close', 'Upgrade: websocket']],
    ['HEAD', 'HEAD /v1/models', ['Connection: close']],
    ['an absolute address', 'POST http://evil.example/v1/chat/completions', ['Connection: close']],
    ['an expectation that nobody meets', chat, ['Connection: close', 'Expect: miracles']],
  ])('%s leads nowhere else', async (_, line, headers) => {
    const { closed, socket } = await ask(rawRequest(line, { headers: [...json(), ...headers], body: '' }))
    socket.setTimeout(2_000, () => socket.destroy())
    expect(await closed).not.toMatch(/^HTTP\/1\.1 [13]\d\d/)
    expect(gateway.upstream.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it('a page of a browser gets nothing to read', async () => {
    const answer = await (
      await ask(rawRequest(chat, { headers: [...closing(), 'Origin: https://evil.example'], body: good }))
    ).closed
    expect(answer).not.toMatch(/access-control-allow/i)
  })
})
