import { createServer, type Server, type Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { array, assert as assertProperty, integer, property } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createClient } from '../../src/client/client.ts'
import { request, ResponseParser } from '../../src/client/http.ts'
import { EventReader } from '../../src/client/sse.ts'
import { target } from '../../src/client/target.ts'

const answers = {
  byLength: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Y: a: b\r\n\r\n0123456789',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6;ext=1\r\n456789\r\n0\r\n\r\n',
  empty: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  none: 'HTTP/1.1 204 No Content\r\n\r\n',
}

/** The answer cut at these places, as a network may cut it. */
function parseInPieces(text: string, cuts: readonly number[]): { body: string; parser: ResponseParser } {
  let body = ''
  const parser = new ResponseParser((chunk) => {
    body += chunk.toString('utf8')
  })
  const places = [...cuts.map((cut) => cut % text.length), 0, text.length].sort((a, b) => a - b)
  for (const [index, place] of places.entries())
    parser.push(Buffer.from(text.slice(places[index - 1] ?? 0, place)))
  return { body, parser }
}

describe('an answer', () => {
  it.each(Object.entries(answers))('%s is read whole wherever it is cut', (name, text) => {
    assertProperty(
      property(array(integer({ min: 0, max: 1000 }), { maxLength: 8 }), (cuts) => {
        const { body, parser } = parseInPieces(text, cuts)
        expect(parser.done).toBe(true)
        expect(body).toBe(name === 'byLength' || name === 'chunked' ? '0123456789' : '')
      }),
    )
  })

  it('may last until the end of the connection', () => {
    const { body, parser } = parseInPieces('HTTP/1.1 200 OK\r\n\r\nwhat comes', [25])
    expect(body).toBe('what comes')
    expect([parser.done, parser.complete()]).toEqual([false, true])
  })

  it('keeps its headers by lower-case name', () => {
    expect(parseInPieces(answers.byLength, []).parser.head).toMatchObject({
      status: 200,
      headers: { 'x-y': 'a: b' },
    })
  })

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n\r\n', 'it does not speak HTTP'],
    ['x'.repeat(70_000), 'its head is too long'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'a chunk has no size'],
  ])('%j is none', (text, message) => {
    expect(() => new ResponseParser(() => {}).push(Buffer.from(text))).toThrow(message)
  })
})

describe('a request', () => {
  let folder: string
  let socketPath: string
  let server: Server
  let handle: (socket: Socket) => void
  const clock = systemClock()

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jrctl-client-'))
    socketPath = join(folder, 's')
    handle = (socket) => socket.destroy()
    server = createServer((socket) => handle(socket.on('error', () => {}).resume()))
    await new Promise<void>((resolve) => void server.listen(socketPath, resolve))
  })
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })

  const ask = (timeoutMs = 2000) =>
    request({ address: { socketPath }, method: 'GET', path: '/', headers: {}, timeoutMs, clock })

  it.each<[string, (socket: Socket) => void, string]>([
    ['says nothing', () => {}, 'daemon.timeout'],
    ['hangs up', (socket) => socket.end(), 'daemon.broken'],
    ['stops in the middle', (socket) => socket.end(answers.byLength.slice(0, -3)), 'daemon.broken'],
    ['stops in a chunk', (socket) => socket.end(answers.chunked.slice(0, -9)), 'daemon.broken'],
    ['speaks something else', (socket) => socket.end('hello\r\n\r\n'), 'daemon.broken'],
  ])('fails with its own code when the daemon %s', async (_, behave, code) => {
    handle = behave
    await expect(ask(100)).rejects.toMatchObject({ name: 'OperationalError', code })
  })

  it('says where nobody answers and what to do', async () => {
    await new Promise((resolve) => server.close(resolve))
    await expect(ask()).rejects.toMatchObject({
      code: 'daemon.unreachable',
      message: `No daemon answers on ${socketPath}`,
      hint: expect.stringContaining('jrctl daemon') as string,
    })
    await new Promise<void>((resolve) => void server.listen(socketPath, resolve))
  })

  it('tells of another version of the API once', async () => {
    handle = (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nx-jrctl-api-version: 7\r\nContent-Length: 2\r\n\r\n{}')
    const told: number[][] = []
    const client = createClient({
      socketPath,
      actor: 'me',
      clock,
      onSkew: (...versions) => told.push(versions),
    })
    await client.call('health', {})
    await client.call('health', {})
    expect(told).toEqual([[7, 1]])
  })

  it('takes an error that is not the daemon’s by its status', async () => {
    handle = (socket) => socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    const client = createClient({ socketPath, actor: 'me', clock })
    await expect(client.call('health', {})).rejects.toMatchObject({
      name: 'OperationalError',
      code: 'http.408',
    })
  })
})

describe('events', () => {
  it('are read whole wherever they are cut, comments left out', () => {
    const text =
      ': hello\n\nevent: missed\ndata: {"count":1}\n\n: x\n\nevent: change\ndata: {"kind":"workers"}\n\nevent: mis'
    assertProperty(
      property(array(integer({ min: 0, max: 1000 }), { maxLength: 8 }), (cuts) => {
        const events: unknown[] = []
        const reader = new EventReader((event) => events.push(event))
        const places = [...cuts.map((cut) => cut % text.length), text.length].sort((a, b) => a - b)
        for (const [index, place] of places.entries())
          reader.push(Buffer.from(text.slice(places[index - 1] ?? 0, place)))
        expect(events).toEqual([
          { event: 'missed', data: { count: 1 } },
          { event: 'change', data: { kind: 'workers' } },
        ])
      }),
    )
  })
})

describe('a flat input', () => {
  it('goes into path, query and body', () => {
    const route = { method: 'POST', path: '/v1/workers/:name/:action' } as const
    expect(target(route, { name: 'R&D/Jr. ü', action: 'scale', instances: 2, left: undefined })).toEqual({
      method: 'POST',
      path: '/v1/workers/R%26D%2FJr.%20%C3%BC/scale',
      body: '{"instances":2}',
    })
    expect(
      target({ method: 'GET', path: '/v1/tasks' }, { search: 'a&b', statuses: ['retry', 'failed'] }),
    ).toEqual({
      method: 'GET',
      path: '/v1/tasks?search=a%26b&statuses=retry%2Cfailed',
    })
    expect(target({ method: 'GET', path: '/x/:id' }, { id: 7 })).toEqual({ method: 'GET', path: '/x/7' })
  })
})
