import { connectorLimits } from '../../../src/adapters/llm/connector.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { impatientUpstream } from './forwarding.ts'
import { rawServer, type RawServer } from './raw-server.ts'
import { recordedCall } from './recorded-call.ts'
import type { Upstream } from '../../../src/ports/upstream.ts'

const sse = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const closing = sse.replace('\r\n', '\r\nconnection: close\r\n')
const plain = 'HTTP/1.1 200 OK\r\n'
const switched = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n'
const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`

const turn = () => new Promise((resolve) => void setImmediate(resolve))

let server: RawServer
let upstream: Upstream
beforeEach(async () => {
  server = await rawServer()
  upstream = impatientUpstream(server.port)
})
afterEach(async () => {
  await upstream.close()
  // It leaves no connection behind, whatever happened on it.
  await Promise.all(server.connections.map(({ closed }) => closed))
  await server.close()
})

const use = (more: Parameters<typeof impatientUpstream>[1]) => {
  upstream = impatientUpstream(server.port, more)
}

describe('what an upstream is sent', () => {
  it.each([
    ['openai', 'authorization: Bearer sk-upstream'],
    ['anthropic', 'x-api-key: sk-upstream'],
  ] as const)('is the %s request, with the key in its way and no coding allowed', async (dialect, key) => {
    recordedCall(upstream, { dialect, path: '/v1/x?beta=true', headers: ['X-A', '1'], body: '{"a":1}' })
    const { text } = await server.request()
    const [head, body] = text.split('\r\n\r\n')
    expect(body).toBe('{"a":1}')
    expect(head?.split('\r\n')).toEqual([
      'POST /v1/x?beta=true HTTP/1.1',
      `host: 127.0.0.1:${server.port}`,
      'connection: keep-alive',
      'X-A: 1',
      'accept-encoding: identity',
      key,
      'content-length: 7',
    ])
  })

  it.each(['', '/', '/v1', '/v1/', '/prefix', '/prefix/v1/'])('goes below its address %s', async (path) => {
    use({ url: `http://127.0.0.1:${server.port}${path}`, key: null })
    recordedCall(upstream, { path: '/v1/models', method: 'GET', body: null })
    const { text } = await server.request()
    expect(text.split(' ')[1]).toBe(path.startsWith('/prefix') ? '/prefix/v1/models' : '/v1/models')
    expect(text).not.toMatch(/authorization|x-api-key/i)
  })
})

it.each([
  ['authorization', 'authorization: Bearer sk-upstream'],
  ['x-api-key', 'x-api-key: sk-upstream'],
  ['api-key', 'api-key: sk-upstream'],
] as const)('a key that is shown as %s is shown so in both dialects', async (keyHeader, line) => {
  use({ keyHeader })
  for (const dialect of ['openai', 'anthropic'] as const) {
    const call = recordedCall(upstream, { dialect })
    const { text } = await server.request()
    expect(text.match(/^.*sk-upstream.*$/gm)).toEqual([line])
    call.abort()
  }
})

describe('an answer', () => {
  it('comes with its raw headers and bytes, however it is cut', async () => {
    const call = recordedCall(upstream)
    const { socket } = await server.request()
    const text = `HTTP/1.1 418 Odd\r\nx-a: \u00e9\r\nX-A: 2\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`
    for (const byte of Buffer.from(text, 'latin1')) {
      socket.write(Buffer.from([byte]))
      await turn()
    }
    expect(await call.over).toEqual({ ended: true })
    expect(call.status).toBe(418)
    expect(call.headers).toEqual(['x-a', '\u00e9', 'X-A', '2', 'transfer-encoding', 'chunked'])
    expect(call.body).toBe('abcde')
  })

  it('is heard of only after 103 Early Hints', async () => {
    const call = recordedCall(upstream)
    const { socket } = await server.request()
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok('later')}`)
    expect(await call.over).toEqual({ ended: true })
    expect(call).toMatchObject({ status: 200, body: 'later', heads: 1 })
  })

  it('waits while nobody takes it up, and costs no more than is read ahead', async () => {
    const call = recordedCall(upstream, {}, { take: () => false })
    const { socket } = await server.request()
    socket.write(sse)
    const piece = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    let sent = 0
    while (socket.write(piece)) sent += piece.length
    await call.until(() => call.body.length > 0)
    // The kernel's buffers take some megabytes; we take one read.
    expect(call.body.length).toBeLessThanOrEqual(connectorLimits.readBytes)
    call.resumeAll()
    socket.write('0\r\n\r\n')
    expect(await call.over).toEqual({ ended: true })
    expect(call.body.length).toBeGreaterThanOrEqual(sent / piece.length)
  })
})

describe('what goes wrong is told in plain words, without the key', () => {
  const outcomes: [
    name: string,
    text: string,
    end: 'reset' | 'end' | 'ours',
    kind: string,
    message: RegExp,
  ][] = [
    ['a reset before the answer', '', 'reset', 'broken', /broke off before its answer was whole/],
    ['an end before the answer', '', 'end', 'broken', /broke off before its answer was whole/],
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'ours', 'broken', /sent what is no HTTP/],
    ['a status below 100', 'HTTP/1.1 050 No\r\n\r\n', 'ours', 'broken', /no HTTP: its head makes no sense$/],
    ['100 that nobody waits for', 'HTTP/1.1 100 Continue\r\n\r\n', 'ours', 'broken', /broke off/],
    ['a switch of protocols', `${switched}\r\n`, 'ours', 'broken', /broke off/],
    [
      'a header of 1 MB',
      `${plain}x-a: ${'a'.repeat(1024 * 1024)}\r\n\r\n`,
      'ours',
      'broken',
      /more than 64 KiB/,
    ],
    ['20,000 headers', `${plain}${'x-a: b\r\n'.repeat(20_000)}\r\n`, 'ours', 'broken', /more than 64 KiB/],
    ['an end in the middle of the chunks', `${sse}5\r\nab`, 'end', 'broken', /broke off/],
    ['the same when it had said that it would close', `${closing}5\r\nab`, 'end', 'broken', /broke off/],
    [
      'an end before its length',
      `${plain}content-length: 9\r\n\r\nab`,
      'end',
      'broken',
      /broke off|another length/,
    ],
    [
      'a reset in an answer without a length',
      `${plain}connection: close\r\n\r\nab`,
      'reset',
      'broken',
      /broke off/,
    ],
    [
      'two lengths',
      `${plain}content-length: 1\r\ncontent-length: 2\r\n\r\nab`,
      'ours',
      'broken',
      /another length/,
    ],
    [
      'a length and chunks',
      `${plain}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
      'ours',
      'broken',
      /another length/,
    ],
    ['chunks of nonsense', `${sse}zz\r\n`, 'ours', 'broken', /no HTTP/],
  ]

  it.each(outcomes)('%s', async (_, text, end, kind, message) => {
    const call = recordedCall(upstream)
    const { socket, closed } = await server.request()
    if (text !== '') socket.write(text, 'latin1')
    // Not before it was read: a reset takes what was not with it.
    if (text !== '' && end !== 'ours') await call.until(() => call.body === 'ab')
    if (end === 'reset') socket.resetAndDestroy()
    if (end === 'end') socket.end()
    const { failure } = await call.over
    await closed
    expect(failure).toMatchObject({ kind, sent: true })
    expect(failure?.message).toMatch(message)
    expect(failure?.message).toContain(`upstream local (127.0.0.1:${server.port})`)
    expect(failure?.message).not.toContain('sk-upstream')
    expect(failure?.message).not.toMatch(/\p{Cc}/u)
  })

  it('nobody there: not a byte was sent', async () => {
    await server.close()
    const failure = (await recordedCall(upstream).over).failure
    expect(failure).toMatchObject({ kind: 'unreachable', sent: false })
    expect(failure?.message).toMatch(/refuses connections; is it running/)
    server = await rawServer()
  })

  it('a host that is not known', async () => {
    use({ url: 'http://no-such-host.invalid' })
    const failure = (await recordedCall(upstream).over).failure
    expect(failure).toMatchObject({ kind: 'unreachable', sent: false })
  })

  it('no TLS where the address says https', async () => {
    use({ url: `https://127.0.0.1:${server.port}` })
    const call = recordedCall(upstream)
    await server.hello()
    server.connections[0]?.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect((await call.over).failure).toMatchObject({ kind: 'unreachable', sent: false, message: /TLS/ })
  })

  it('no head in time', async () => {
    use({ headTimeoutMs: 100 })
    const call = recordedCall(upstream)
    const { closed } = await server.request()
    expect((await call.over).failure).toMatchObject({
      kind: 'slow_head',
      message: /within 100 ms \(head_timeout\)/,
    })
    await closed
  })

  it('announcements without an end are no answer in time', async () => {
    use({ headTimeoutMs: 100 })
    const call = recordedCall(upstream)
    const { socket, closed } = await server.request()
    const announce = () => {
      if (!socket.destroyed) socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', announce)
    }
    announce()
    expect((await call.over).failure).toMatchObject({ kind: 'slow_head', sent: true })
    await closed
  })

  it('silence in the middle', async () => {
    use({ idleTimeoutMs: 100 })
    const call = recordedCall(upstream)
    const { socket, closed } = await server.request()
    socket.write(`${sse}2\r\nab\r\n`)
    expect((await call.over).failure).toMatchObject({
      kind: 'slow_body',
      message: /for 100 ms \(idle_timeout\)/,
    })
    expect(call.body).toBe('ab')
    await closed
  })
})

describe('connections', () => {
  it('are used again', async () => {
    for (const body of ['one', 'two']) {
      const call = recordedCall(upstream)
      const { socket } = await server.request()
      socket.write(ok(body))
      await call.over
      expect(call.body).toBe(body)
      // A connection is free a turn of the loop after its answer.
      await turn()
    }
    expect(server.connections).toHaveLength(1)
  })

  it('that the upstream closed meanwhile are not: the request goes out once, on a fresh one', async () => {
    const first = recordedCall(upstream)
    const { socket } = await server.request()
    socket.write(ok('one'))
    await first.over
    // Its end is on its way, or here and unread, when the next request comes.
    socket.end()
    const second = recordedCall(upstream)
    const again = await server.request()
    again.socket.write(ok('two'))
    expect(await second.over).toEqual({ ended: true })
    expect(server.connections).toHaveLength(2)
  })

  it('are no more than may be in flight; who is over that waits', async () => {
    use({ maxInFlight: 2 })
    const calls = [1, 2, 3].map(() => recordedCall(upstream))
    const first = await server.request()
    await server.request()
    expect(server.connections).toHaveLength(2)
    first.socket.write(ok('one'))
    await server.request()
    expect(server.connections).toHaveLength(2)
    for (const call of calls) call.abort()
  })

  it('of what is free come beside them, and keep nobody waiting', async () => {
    use({ maxInFlight: 1 })
    const free = Array.from({ length: 20 }, () => recordedCall(upstream, { free: true }))
    for (let connections = 1; connections <= 8; connections += 1) await server.request()
    const charged = recordedCall(upstream)
    const asked = await server.request()
    expect(server.connections).toHaveLength(9)
    asked.socket.write(ok('now'))
    await charged.until(() => charged.outcome !== null)
    for (const call of free) call.abort()
  })

  it('end at once when nobody wants the answer, at every stage', async () => {
    const early = recordedCall(upstream)
    early.abort()
    const asked = recordedCall(upstream)
    const atHead = await server.request()
    asked.abort()
    await atHead.closed
    const answered = recordedCall(upstream)
    const inBody = await server.request()
    inBody.socket.write(`${sse}2\r\nab\r\n`)
    await answered.until(() => answered.body === 'ab')
    answered.abort()
    await inBody.closed
    expect([early, asked, answered].map(({ outcome }) => outcome)).toEqual([null, null, null])
  })

  it('end with the upstream: what is still going on fails', async () => {
    const call = recordedCall(upstream)
    const { closed } = await server.request()
    await upstream.close()
    expect((await call.over).failure).toMatchObject({ kind: 'broken', message: /closed here/ })
    await closed
    const late = recordedCall(upstream)
    expect((await late.over).failure).toMatchObject({
      kind: 'unreachable',
      sent: false,
      message: /is closed here/,
    })
  })
})
