import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServer, type Server } from 'node:net'
import { connectTo, get, post, raw } from './raw.ts'
import { allDoors, portOf, serve, token, type Served } from './served.ts'
import { fakeServices } from './daemon-services.ts'

let served: Served
let port: number
async function open(...args: Parameters<typeof allDoors>): Promise<void> {
  served = await serve(
    { headersTimeoutMs: 200, requestTimeoutMs: 400, idleTimeoutMs: 5_000 },
    fakeServices(),
    allDoors(...args),
  )
  port = portOf(served)
}
afterEach(() => served.stop())

const bearer = `Authorization: Bearer ${token}`
const withHost = (request: string, host: string) => request.replace('Host: x', `Host: ${host}`)
const withHeader = (request: string, header: string) => request.replace('Host: x', `Host: x\r\n${header}`)
/** As curl asks it. */
const ask = (request: string, host = `127.0.0.1:${port}`) => raw(port, withHost(request, host))

describe('over TCP', () => {
  beforeEach(() => open())

  it('reads for whoever is on this machine', async () => {
    for (const path of ['/healthz', '/v1/status', '/v1/tasks', '/v1/metrics'])
      expect(await ask(get(path))).toMatchObject({ status: 200 })
  })

  it('changes things for who shows the token alone, and records who says it asks', async () => {
    const refused = await ask(post('/v1/reload', '{}'))
    expect(refused.status).toBe(401)
    expect(refused.text).toMatch(/www-authenticate: Bearer/i)
    expect(refused.text).toContain(`the token is in ${served.folder}/token`)
    expect(refused.text).not.toContain(token)
    expect(await ask(post('/v1/reload', '{}', ['Authorization: Bearer wrong']))).toMatchObject({
      status: 401,
    })
    expect(await ask(post('/v1/reload', '{}', [`Authorization: Bearer ${token}x`]))).toMatchObject({
      status: 401,
    })
    expect(served.services.asked).toEqual([])
    expect((await ask(post('/v1/reload', '{}', [bearer]))).status).toBe(200)
    expect((await ask(post('/v1/reload', '{}', [bearer, 'x-jrctl-actor: me']))).status).toBe(200)
    expect(served.services.asked.map(({ by }) => by)).toEqual([
      'somebody over TCP (self-declared)',
      'me (self-declared)',
    ])
  })

  it.each([
    ['another name', 'evil.example.org', [], 'host.not_allowed'],
    ['another name with our port', 'evil.example.org:3001', [], 'host.not_allowed'],
    ['a name that begins like ours', '127.0.0.1.evil.example.org', [], 'host.not_allowed'],
    ['a page of elsewhere', null, ['Origin: https://evil.example.org'], 'origin.not_allowed'],
    ['a page of another port', null, ['Origin: http://127.0.0.1:9'], 'origin.not_allowed'],
    ['a sandboxed page', null, ['Origin: null'], 'origin.not_allowed'],
    [
      'an image of a page of elsewhere',
      null,
      ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'],
      'origin.not_allowed',
    ],
  ])('is nothing for %s, even with the token', async (_, host, headers, code) => {
    for (const request of [
      get('/v1/status', [...headers, bearer]),
      post('/v1/reload', '{}', [...headers, bearer]),
    ]) {
      const answer = await ask(request, host ?? undefined)
      expect(answer.status).toBe(403)
      expect(answer.text).toContain(code)
      expect(answer.text).not.toContain('access-control-allow-origin')
    }
    expect(served.services.asked).toEqual([])
  })

  it.each([
    ['localhost', []],
    ['LOCALHOST:3001', []],
    ['127.0.0.1', []],
    ['[::1]:3001', []],
    ['localhost:3001', ['Origin: http://localhost:3001']],
    ['localhost', ['Sec-Fetch-Site: none']],
    ['localhost', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate']],
  ])('is asked as %s %j', async (host, headers) => {
    const answer = await ask(get('/v1/status', headers), host)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('x-content-type-options: nosniff')
  })

  it('hands the requests of others to nobody without the token, though it reads who listens', async () => {
    const respond = (value: string) => get(`/v1/bus/subscribe?topic=a..b&respond=${value}`)
    for (const value of ['true', 'maybe', 'false&respond=true'])
      expect((await ask(respond(value))).text).toContain('token.missing')
    // Let in, and refused for its topic.
    for (const request of [respond('false'), withHeader(respond('true'), bearer)])
      expect((await ask(request)).text).toContain('request.invalid')
    expect(served.services.bus.view().responders).toBe(0)
  })

  it('knows no route that the socket does not, and says so to anybody', async () => {
    expect((await ask(get('/etc/passwd'))).status).toBe(404)
    expect((await ask(get('/v1/../../etc/passwd'))).status).toBe(404)
  })

  it('refuses who may not ask before it reads what they send', async () => {
    const head = ['POST /v1/tasks HTTP/1.1', `Host: localhost`, 'Content-Length: 10737418240', '', ''].join(
      '\r\n',
    )
    const answer = await raw(port, head)
    expect(answer.status).toBe(401)
    // Nor does it ask for it.
    const asks = head.replace('Content-Length', 'Expect: 100-continue\r\nContent-Length')
    expect((await raw(port, asks)).text).toMatch(/^HTTP\/1.1 401/)
  })

  it('takes no more than its bound of ten gigabytes', async () => {
    const sent = await flood(port)
    expect(sent.status).toBe(413)
    expect(sent.bytes).toBeLessThan(200 * 1024 * 1024)
    expect(await served.client.call('health', {})).toMatchObject({ ok: true })
  })

  it('answers 408 to who never ends a head or a body', async () => {
    const slow = [
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-',
      `POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\nContent-Length: 9\r\n\r\n{`,
    ]
    for (const bytes of slow) expect((await raw(port, bytes)).text).toContain('request.too_slow')
  })

  it('goes on although a thousand connections hang, here and on the socket', async () => {
    const hanging = Array.from({ length: 1000 }, () =>
      connectTo(port)
        .on('error', () => {})
        .on('connect', function (this: { write(text: string): void }) {
          this.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-')
        }),
    )
    expect(await served.client.call('health', {})).toMatchObject({ ok: true })
    await expect.poll(async () => (await ask(get('/healthz'))).status, { timeout: 10_000 }).toBe(200)
    for (const socket of hanging) socket.destroy()
  })
})

/** Sends a body that claims ten gigabytes until it is cut off. */
function flood(at: number): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve) => {
    const socket = connectTo(at)
    const piece = Buffer.alloc(1024 * 1024, 'x')
    let bytes = 0
    let text = ''
    const send = () => {
      while (!socket.destroyed && socket.write(piece)) bytes += piece.length
      bytes += piece.length
    }
    socket.on('data', (chunk) => (text += chunk.toString('utf8')))
    socket.on('error', () => {})
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), bytes }))
    socket.on('drain', send)
    socket.write(
      `POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\n${bearer}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${(10 * 2 ** 30).toString(16)}\r\n`,
    )
    send()
  })
}

describe('with names that others may ask', () => {
  beforeEach(() =>
    open({ allowedHosts: ['fleet.example.org'], allowedOrigins: ['https://board.example.org'] }),
  )

  it('answers by such a name, and reads for who shows the token alone', async () => {
    expect((await ask(get('/v1/status'), 'fleet.example.org')).text).toContain('token.missing')
    expect((await ask(get('/v1/status'))).status).toBe(401)
    expect((await ask(get('/v1/status', [bearer]), 'Fleet.example.org:3001')).status).toBe(200)
    const health = await ask(get('/healthz'), 'fleet.example.org')
    expect(health.status).toBe(200)
    expect(health.text).not.toContain('"pid"')
    expect((await ask(get('/healthz', [bearer]), 'fleet.example.org')).text).toContain('"pid"')
  })

  it('lets the pages that are named read, and ask before they ask', async () => {
    const page = ['Origin: https://board.example.org']
    const answer = await ask(get('/v1/status', [...page, bearer]))
    expect(answer.text).toContain('access-control-allow-origin: https://board.example.org')
    const preflight = await ask(get('/v1/reload', page).replace('GET', 'OPTIONS'))
    expect(preflight.status).toBe(204)
    expect(preflight.text).toContain('access-control-allow-headers: authorization')
    expect((await ask(get('/v1/reload').replace('GET', 'OPTIONS'))).status).toBe(404)
  })
})

it('answers 429 to who asks too often, and says when to ask again; who has the token is not locked out', async () => {
  await open({}, { requests: { perMinute: 1, burst: 5 }, wrongTokens: { perMinute: 1, burst: 2 } })
  const wrong = post('/v1/reload', '{}', ['Authorization: Bearer wrong'])
  expect((await ask(wrong)).status).toBe(401)
  expect((await ask(wrong)).status).toBe(401)
  const tooOften = await ask(wrong)
  expect(tooOften.status).toBe(429)
  expect(tooOften.text).toMatch(/retry-after: 60/i)
  expect((await ask(post('/v1/reload', '{}', [bearer]))).status).toBe(200)
  expect((await ask(get('/healthz'))).status).toBe(200)
  expect((await ask(get('/healthz'))).status).toBe(429)
})

describe('a port that another program has', () => {
  let other: Server
  let taken: number
  beforeEach(async () => {
    other = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
    taken = (other.address() as { port: number }).port
  })
  afterEach(() => void other.close())

  it('is tried for until it is free where somebody wrote it down, and complained of', async () => {
    await open({ listen: { host: '127.0.0.1', port: taken, isWritten: true } })
    expect(served.server.complaints()).toEqual([
      `the API cannot listen on 127.0.0.1:${taken}: another program has it. Free the port, or choose another: [api] listen`,
    ])
    expect(await served.client.call('health', {})).toMatchObject({ ok: true })
    await new Promise((resolve) => other.close(resolve))
    await expect.poll(() => served.server.view().url, { timeout: 5_000 }).toBe(`http://127.0.0.1:${taken}`)
    expect(served.server.complaints()).toEqual([])
  })

  it('is left alone where nobody did', async () => {
    await open({ listen: { host: '127.0.0.1', port: taken, isWritten: false } })
    expect(served.server.complaints()).toEqual([])
    expect(served.server.view()).toMatchObject({ url: null })
    expect(served.server.view().absence).toContain('another program has it, so it is on its socket alone')
  })
})

describe('another configuration', () => {
  it('is in force at once: address, names, none at all', async () => {
    await open()
    const { policy } = allDoors({ allowedHosts: ['fleet.example.org'] })(served.folder)
    await (
      await served.server.prepare(policy)
    )()
    expect(portOf(served)).toBe(port)
    expect((await ask(get('/v1/status'), 'fleet.example.org')).status).toBe(401)
    const elsewhere = { ...policy, listen: { host: '127.0.0.2', port: 0, isWritten: true } }
    await (
      await served.server.prepare(elsewhere)
    )()
    expect(served.server.view().url).toMatch(/^http:\/\/127\.0\.0\.2:/)
    await (
      await served.server.prepare({ ...policy, listen: null })
    )()
    expect(served.server.view()).toMatchObject({ url: null, tokenFile: null, absence: null })
  })
})
