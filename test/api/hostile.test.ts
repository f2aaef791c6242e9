import { createConnection } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apiLimits } from '../../src/contract/routes.ts'
import { taskLimits } from '../../src/domain/task.ts'
import { get, post, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

let served: Served
beforeEach(async () => {
  served = await serve({ headersTimeoutMs: 200, requestTimeoutMs: 400 })
})
afterEach(() => served.stop())

const ask = (bytes: string) => raw(served.socketPath, bytes)
const addTitle = (title: string) => ask(post('/v1/tasks', JSON.stringify({ tasks: [{ title }] })))

describe('requests that cannot be served', () => {
  it.each([
    ['broken JSON', post('/v1/tasks', '{"tasks": ['), 400, 'request.not_json'],
    ['a body that is no object', post('/v1/tasks', '[1]'), 400, 'request.not_object'],
    ['no body', post('/v1/tasks', ''), 400, 'request.invalid'],
    ['an unknown field', post('/v1/tasks', '{"tasks":[{"title":"x","colour":"red"}]}'), 400, 'colour'],
    ['no tasks', post('/v1/tasks', '{"tasks":[]}'), 400, 'tasks'],
    ['a wrong type', post('/v1/tasks', '{"tasks":[{"title":7}]}'), 400, 'tasks[0].title'],
    ['an id that is none', get('/v1/tasks/x'), 400, 'id'],
    ['an id of zero', get('/v1/tasks/0'), 400, 'id'],
    ['an id beyond what JSON can say', get('/v1/tasks/99999999999999999999'), 400, 'id'],
    ['an unknown status', get('/v1/tasks?statuses=lost'), 400, 'statuses'],
    ['a limit of zero', get('/v1/tasks?limit=0'), 400, 'limit'],
    ['an unknown action', post('/v1/workers/a_jr/explode', '{}'), 400, 'action'],
    ['an unknown path', get('/v2/tasks'), 404, 'route.not_found'],
    ['another method', get('/v1/reload'), 404, 'route.not_found'],
  ])('%s: %i with the envelope', async (_, request, status, word) => {
    const answer = await ask(request)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain('"error":{"code":"')
    expect(answer.text).toContain(word)
  })

  it('413 for a body that is too large, told by its length or not', async () => {
    const large = 'x'.repeat(apiLimits.bodyBytes)
    const told = await ask(post('/v1/tasks', `{"tasks":[{"title":"${large}"}]}`))
    expect(told.status).toBe(413)
    const chunk = `${large.length.toString(16)}\r\n${large}\r\n`
    const chunked = `POST /v1/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}5\r\naaaaa\r\n0\r\n\r\n`
    expect((await ask(chunked)).status).toBe(413)
  })

  it.each([5_000, 500_000])('400 for JSON that is %i levels deep', async (levels) => {
    const deep = '['.repeat(levels) + ']'.repeat(levels)
    const answer = await ask(post('/v1/attempts/complete', `{"result":${deep}}`))
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('The body is nested deeper than 101 levels')
  })

  it('400 and 417 for what HTTP itself forbids, with the envelope', async () => {
    const noHost = await ask('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')
    expect(noHost).toMatchObject({ status: 400, text: expect.stringContaining('request.no_host') as string })
    const odd = await ask(post('/v1/tasks', '{}', ['Expect: a-miracle']))
    expect(odd).toMatchObject({ status: 417, text: expect.stringContaining('request.expectation') as string })
    expect(odd.text).toContain('a-miracle')
  })

  it('asks for a body that is held back, once its sender may send one', async () => {
    const body = JSON.stringify({ tasks: [{ title: 'held back' }] })
    const head = (more: string[]) =>
      post('/v1/tasks', body, ['Expect: 100-continue', ...more]).slice(0, -body.length)
    const socket = createConnection(served.socketPath)
    let said = ''
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        said += chunk.toString()
        if (said === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(body)
      })
      socket.once('close', () => resolve())
      socket.write(head([]))
    })
    expect(said).toContain('HTTP/1.1 200')
    // Refused at its head, it is never asked for.
    const refused = await ask(post('/v1/nowhere', '', ['Expect: 100-continue']))
    expect(refused.text).toMatch(/^HTTP\/1.1 404/)
  })

  it('400 for what is not HTTP, 431 for too many headers', async () => {
    expect((await ask('\u0000\u0001garbage\r\n\r\n')).status).toBe(400)
    expect((await ask(get('/healthz', [`x: ${'y'.repeat(20_000)}`]))).status).toBe(431)
  })

  it('answers some requests at once on one connection, in order, and cuts off who sends a thousand', async () => {
    const some = '/healthz /v1/none /readyz /healthz'.split(' ').map((path) => get(path))
    const together = some.map((request, index) =>
      index < 3 ? request.replace('Connection: close\r\n', '') : request,
    )
    const { text } = await ask(together.join(''))
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual([200, 404, 200, 200].map((status) => `HTTP/1.1 ${status}`))
    const many = get('/v1/status').replace('Connection: close\r\n', '').repeat(1_000)
    expect((await ask(many)).text.split('HTTP/1.1 200').length).toBeLessThan(100)
  })

  it('408 for a client that never ends its request', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = createConnection(served.socketPath)
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString('utf8')))
      socket.on('close', () => resolve(text))
      socket.write('POST /v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
    })
    expect(answer).toContain('408')
  })

  afterEach(async () => {
    // Whatever was sent, the daemon goes on.
    expect(await served.client.call('health', {})).toMatchObject({ ok: true })
  })
})

describe('titles', () => {
  it.each([
    ['empty', '', 'is empty'],
    ['blank', ' \t ', 'is empty'],
    ['with NUL', 'a\0b', 'NUL'],
    ['half a surrogate pair', 'a\ud800b', 'surrogate'],
  ])('%s: refused by name', async (_, title, word) => {
    const answer = await addTitle(title)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('tasks[0].title')
    expect(answer.text).toContain(word)
  })

  it('refuses one byte too many, telling size and limit, and takes one less', async () => {
    const most = 'ü'.repeat(taskLimits.titleBytes / 2)
    expect((await addTitle(most)).status).toBe(200)
    const answer = await addTitle(`${most}x`)
    expect(answer.text).toContain(
      `is ${taskLimits.titleBytes + 1} bytes long; at most ${taskLimits.titleBytes} are allowed`,
    )
  })

  it.each([
    '\u001b]0;pwned\u0007',
    "'; drop table jr_work_queue; --",
    '日本語 👩‍👩‍👧',
    '\u202eright to left',
    '__proto__',
  ])('keeps %j as it is', async (title) => {
    expect((await addTitle(title)).status).toBe(200)
    expect((await served.client.call('listTasks', {})).tasks[0]?.title).toBe(title)
  })
})

describe('who asks', () => {
  const actorOf = async (headers: string[]) => {
    await ask(post('/v1/shutdown', '{}', headers))
    return served.services.asked.at(-1)?.by
  }

  it('is cleaned, bounded, and said to be self-declared', async () => {
    expect(await actorOf([])).toBe('somebody on the socket (self-declared)')
    expect(await actorOf(['x-jrctl-actor: cli%3Aj%C3%BCrg'])).toBe('cli:jürg (self-declared)')
    expect(await actorOf(['x-jrctl-actor: a%0Ab%1b[31mc%E2%80%AEd'])).toBe('a bc d (self-declared)')
    expect(await actorOf([`x-jrctl-actor: ${'x'.repeat(500)}`])).toHaveLength(100 + ' (self-declared)'.length)
    expect(await actorOf(['x-jrctl-actor: %zz'])).toBe('%zz (self-declared)')
  })
})
