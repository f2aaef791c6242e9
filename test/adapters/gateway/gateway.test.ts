import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeUpstream } from '../../fakes/upstream.ts'
import { type ServeOptions, type Served, serve, upstreamPolicy } from './serve.ts'

let served: Served | undefined
afterEach(async () => {
  await served?.close()
  served = undefined
})

async function start(options?: ServeOptions): Promise<Served> {
  served = await serve(options)
  return served
}

const body = JSON.stringify({ model: 'm', messages: [] })
const answer = '{"id":"1","usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}'

interface Asked {
  path?: string
  headers?: Record<string, string>
  body?: string
  signal?: AbortSignal
}

function ask(at: Served, key: string | null, asked: Asked = {}): Promise<Response> {
  const { path = '/v1/chat/completions', ...more } = asked
  const headers = { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...more.headers }
  return fetch(`${at.url}${path}`, { method: 'POST', body, ...more, headers })
}

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { message: string; type: string; code?: string } }).error

describe('a request', () => {
  it('is admitted, passed on with its bytes as they are, and charged', async () => {
    const at = await start()
    const { key, taskId } = at.attempts.begin()
    const asking = ask(at, key, { headers: { 'x-mine': 'kept', cookie: 'a=b' } })
    const call = await at.upstream.next()
    expect(call.request).toMatchObject({ method: 'POST', dialect: 'openai', path: '/v1/chat/completions' })
    expect(String(call.request.body)).toBe(body)
    expect(call.request.headers).toContain('x-mine')
    expect(JSON.stringify(call.request.headers)).not.toContain(key)
    call.answer(200, answer, { 'content-type': 'application/json' })
    const response = await asking
    expect(await response.text()).toBe(answer)
    expect(response.headers.get('x-jrctl-position')).toBe('1')
    expect(response.headers.get('x-jrctl-share')).toBe('0.5')
    expect(response.headers.get('x-jrctl-charged')).toBe('1')
    expect(at.capacity.wishes).toMatchObject([
      { holder: taskId, amount: 1, lane: 'fake', maxWaitMs: 300_000 },
    ])
    expect(at.capacity.books).toMatchObject({ used: 1, inFlight: 0, settlements: 1, refunds: 0 })
    expect(at.gateway.view()).toMatchObject({
      inFlight: 0,
      requests: { chat: { '2xx': 1 } },
      upstreams: [{ requests: 1, failures: 0, inputTokens: 3, outputTokens: 4 }],
    })
  })

  it('costs its tokens where they are the unit', async () => {
    const at = await start({ unit: 'token' })
    const asking = ask(at, at.attempts.begin().key)
    ;(await at.upstream.next()).answer(200, answer, { 'content-type': 'application/json' })
    expect((await asking).headers.get('x-jrctl-charged')).toBe('7')
    expect(at.capacity.books).toMatchObject({ used: 7, inFlight: 0 })
  })

  it('hears its upstream’s error as it is, and pays nothing', async () => {
    const at = await start()
    const asking = ask(at, at.attempts.begin().key)
    ;(await at.upstream.next()).answer(429, 'slow down', { 'retry-after': '7' })
    const response = await asking
    expect([response.status, await response.text()]).toEqual([429, 'slow down'])
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('x-jrctl-charged')).toBe('0')
    expect(at.capacity.books).toMatchObject({ used: 0, refunds: 1, inFlight: 0 })
  })

  it('is told of a failure in its own dialect, and pays nothing', async () => {
    const at = await start()
    const { key } = at.attempts.begin()
    const asking = ask(at, null, { path: '/v1/messages', headers: { 'x-api-key': key } })
    ;(await at.upstream.next()).fail({ kind: 'unreachable', message: 'upstream fake is away', sent: false })
    const response = await asking
    expect(response.status).toBe(502)
    expect(await errorOf(response)).toEqual({ type: 'api_error', message: 'upstream fake is away' })
    expect(at.capacity.books).toMatchObject({ refunds: 1, inFlight: 0 })
    expect(at.gateway.complaints()).toEqual(['upstream fake is away'])
  })
})

it('tells whoever opens it in a browser what it is', async () => {
  const at = await start()
  const page = await fetch(at.url)
  expect(page.status).toBe(200)
  expect(await page.json()).toMatchObject({ gateway: 'jrctl' })
  expect(page.headers.has('access-control-allow-origin')).toBe(false)
})

describe('who asks', () => {
  it.each([
    ['no key', null, 'key_missing'],
    ['a key of another', 'sk-1', 'key_unknown'],
    ['a key that is no attempt’s', `jrk-1-${'0'.repeat(64)}`, 'key_unknown'],
  ])('with %s is refused, and the next step told', async (_, key, code) => {
    const at = await start()
    const response = await ask(at, key)
    expect(response.status).toBe(401)
    const error = await errorOf(response)
    expect(error).toMatchObject({ code, type: 'authentication_error' })
    expect(error.message).toContain('OPENAI_API_KEY')
    expect(at.capacity.wishes).toEqual([])
  })

  it('after its attempt has ended is refused', async () => {
    const at = await start()
    const attempt = at.attempts.begin()
    at.attempts.end(attempt)
    const response = await ask(at, attempt.key)
    expect(response.status).toBe(401)
    expect((await errorOf(response)).message).toBe(
      'Attempt 1 of task 1 has ended (completed), and its key with it. Stop working on it.',
    )
  })

  it('as untracked stands behind all others where that is allowed, but no web page does', async () => {
    const at = await start({ untracked: 'allow' })
    for (const key of [null, 'dummy']) {
      const asking = ask(at, key)
      ;(await at.upstream.next()).answer(200, answer)
      const response = await asking
      expect(response.status).toBe(200)
      expect(response.headers.has('x-jrctl-position')).toBe(false)
    }
    expect(at.capacity.wishes.map(({ holder }) => holder)).toEqual(['untracked', 'untracked'])
    expect((await ask(at, null, { headers: { origin: 'http://evil.example' } })).status).toBe(403)
    expect((await ask(at, `jrk-1-${'0'.repeat(64)}`)).status).toBe(401)
  })

  it('for a task that is not in progress here is told so, and not to try again', async () => {
    const at = await start()
    const { key } = at.attempts.begin()
    at.capacity.order([])
    const response = await ask(at, key)
    expect(response.status).toBe(409)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect((await errorOf(response)).message).toContain('jrctl why 1')
    const attempt = at.attempts.begin()
    await ask(at, attempt.key)
    at.attempts.end(attempt)
    // Known as open a moment ago; the queue is asked again before anything wrong is said.
    expect((await ask(at, attempt.key)).status).toBe(401)
  })
})

describe('waiting', () => {
  it('sends nothing until it is over, and takes the wish back when the client leaves', async () => {
    const at = await start()
    const { key } = at.attempts.begin()
    at.capacity.units = 0
    const leaving = new AbortController()
    const asking = ask(at, key, { signal: leaving.signal }).catch(() => 'left')
    await until(() => at.capacity.waiting === 1)
    expect(at.gateway.view()).toMatchObject({ waiting: 1, inFlight: 0 })
    leaving.abort()
    expect(await asking).toBe('left')
    await until(() => at.capacity.books.cancelled === 1)
    expect(at.upstream.calls).toEqual([])
    expect(at.gateway.view()).toMatchObject({ waiting: 0 })
  })

  it.each([
    ['too_late', 'max_wait'],
    ['too_many', 'max_waiting'],
  ] as const)('%s is 429 with when to come back', async (reason, key) => {
    const at = await start()
    const attempt = at.attempts.begin()
    at.capacity.refuse(reason)
    const response = await ask(at, attempt.key)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.get('retry-after-ms')).toBe('1000')
    const error = await errorOf(response)
    expect(error).toMatchObject({ code: reason, type: 'rate_limit_error' })
    expect(error.message).toContain(`[gateway] ${key}`)
  })
})

describe('upstreams', () => {
  it('are chosen by dialect and model, the first that fits; an unknown model is 404 with those there are', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => fakeUpstream({ name }))
    if (!a || !b || !c) throw new Error()
    const at = await start({
      upstreams: [
        { policy: upstreamPolicy('a', { dialects: ['openai'], models: ['gpt-*'] }), upstream: a },
        { policy: upstreamPolicy('b', { dialects: ['openai'], models: ['gpt-4', 'o3'] }), upstream: b },
        { policy: upstreamPolicy('c', { dialects: ['anthropic'], models: ['claude-*'] }), upstream: c },
      ],
    })
    const { key } = at.attempts.begin()
    const asked = async (model: string, path?: string) => {
      const asking = ask(at, key, { body: JSON.stringify({ model, messages: [] }), ...(path && { path }) })
      const call = await Promise.race([a.next(), b.next(), c.next(), asking.then(() => null)])
      call?.answer(200, '{}')
      const response = await asking
      const at200 = [a, b, c].find(({ calls }) => calls.includes(call as never))
      return response.status === 200 ? at200?.name : (await errorOf(response)).message
    }
    expect(await asked('gpt-4')).toBe('a')
    expect(await asked('claude-x')).toBe(
      'No upstream has the model claude-x. There are: gpt-*, gpt-4, o3; see [[gateway.upstreams]].',
    )
    expect(at.capacity.books.inFlight).toBe(0)
  })

  it('of one dialect list their models together, each once, from who would be asked', async () => {
    const [a, b] = [fakeUpstream({ name: 'a' }), fakeUpstream({ name: 'b' })]
    const at = await start({
      upstreams: [
        { policy: upstreamPolicy('a', { models: ['x*'] }), upstream: a },
        { policy: upstreamPolicy('b'), upstream: b },
      ],
    })
    const { key } = at.attempts.begin()
    const asking = fetch(`${at.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
    ;(await a.next()).answer(200, '{"data":[{"id":"x1","by":"a"},{"id":"y"}]}')
    ;(await b.next()).answer(200, '{"data":[{"id":"x1","by":"b"},{"id":"z"}]}')
    expect(await (await asking).json()).toEqual({
      object: 'list',
      data: [{ id: 'x1', by: 'a' }, { id: 'z' }],
    })
    expect(at.capacity.wishes).toEqual([])
  })
})

describe('its life', () => {
  it('keeps the port that it chose', async () => {
    const first = await start()
    const { url } = first
    await first.close()
    const second = await start({ keptPort: first.kept.port ?? 0 })
    expect(second.url).toBe(url)
  })

  it('says whom it waits for when its port is taken, and opens when it is free', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const at = await start({ listen: { host: '127.0.0.1', port } })
    expect(at.gateway.complaints()[0]).toContain(`cannot listen on 127.0.0.1:${port}: another program has it`)
    await new Promise((resolve) => other.close(resolve))
    await until(() => at.gateway.complaints().length === 0)
    expect((await ask(at, null)).status).toBe(401)
  })

  it('changes its upstreams without touching what is under way', async () => {
    const at = await start()
    const { key } = at.attempts.begin()
    const asking = ask(at, key)
    const call = await at.upstream.next()
    const next = fakeUpstream({ name: 'next' })
    const policy = upstreamPolicy('next')
    await at.gateway.apply({ ...at.policy, upstreams: [policy] }, [{ policy, upstream: next }])
    const other = ask(at, key)
    ;(await next.next()).answer(200, '{}')
    expect((await other).status).toBe(200)
    call.answer(200, answer)
    expect(await (await asking).text()).toBe(answer)
  })

  it('at a stop refuses who waits, lets finish what is under way, and cuts it after its grace', async () => {
    const at = await start()
    const { key } = at.attempts.begin()
    const finishing = ask(at, key)
    const first = await at.upstream.next()
    const cut = ask(at, key)
      .then((response) => response.text())
      .catch(() => 'cut')
    const second = await at.upstream.next()
    second.head(200, { 'content-type': 'text/event-stream' })
    second.data('data: {}\n\n')
    at.capacity.units = 0
    const waiting = ask(at, key)
    await until(() => at.capacity.waiting === 1)
    const stopped = at.gateway.stop(100)
    expect((await waiting).status).toBe(503)
    first.answer(200, answer)
    const finished = await finishing
    expect(finished.status).toBe(200)
    // The next request of this client is for the next daemon.
    expect(finished.headers.get('connection')).toBe('close')
    expect(await stopped).toBe(1)
    expect(await cut).toBe('cut')
    expect(at.capacity.books.inFlight).toBe(0)
    await expect(fetch(at.url)).rejects.toThrow()
  })
})

it('at a stop ends the connection of a stream with the stream, for the next request is for the next daemon', async () => {
  const at = await start()
  const { key } = at.attempts.begin()
  const agent = new Agent({ keepAlive: true })
  const asked = request(`${at.url}/v1/chat/completions`, {
    agent,
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  }).end(body)
  const call = await at.upstream.next()
  // Is still under way then, so that the stop is not over before.
  const last = ask(at, key)
  const lastCall = await at.upstream.next()
  call.head(200, { 'content-type': 'text/event-stream' })
  const [answered] = (await once(asked, 'response')) as [IncomingMessage]
  const { socket } = answered
  const stopped = at.gateway.stop(60_000)
  call.data('data: {}\n\n')
  call.end()
  expect(await text(answered)).toBe('data: {}\n\n')
  if (!socket.closed) await once(socket, 'close')
  lastCall.answer(200, answer)
  expect((await last).status).toBe(200)
  expect(await stopped).toBe(0)
  agent.destroy()
})

it('goes on after a mistake of its own, and gives back what was reserved', async () => {
  const broken = {
    ...fakeUpstream(),
    send: () => {
      throw new Error('a bug')
    },
  }
  const at = await start({ upstreams: [{ policy: upstreamPolicy('broken'), upstream: broken }] })
  const response = await ask(at, at.attempts.begin().key)
  expect(response.status).toBe(500)
  expect((await errorOf(response)).message).toContain('the log of the daemon')
  expect(at.logger.lines.at(-1)).toMatchObject({ level: 'error', fields: { error: 'a bug' } })
  expect(at.capacity.books).toMatchObject({ grants: 1, refunds: 1, inFlight: 0 })
})

/** Looks at each turn of the event loop, so that it waits for events and not for time. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setImmediate(resolve))
}
