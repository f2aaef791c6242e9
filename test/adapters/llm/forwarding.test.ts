import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forwardLimits } from '../../../src/gateway/forward/forward.ts'
import { fakeUpstream, type FakeUpstream } from '../../fakes/upstream.ts'
import { type ForwardingStage, forwardingStage, post, rawClient, type RawClient } from './forwarding.ts'

const events = { 'content-type': 'text/event-stream' }

let upstream: FakeUpstream
let stage: ForwardingStage
let client: RawClient

const set = async (more?: Parameters<typeof forwardingStage>[1]): Promise<void> => {
  upstream = fakeUpstream()
  stage = await forwardingStage(upstream, more)
  client = rawClient(stage.port)
}
beforeEach(() => set())
afterEach(async () => {
  client.socket.destroy()
  await stage.close()
  expect(stage.clock.pending).toBe(0)
})

const asked = async (version?: string) => {
  client.socket.write(post('/v1/x', '{}', version))
  return upstream.next()
}

describe('an answer whose length is known', () => {
  it('comes verbatim with all our headers, in one piece', async () => {
    const call = await asked()
    call.answer(200, '{"a":1}', { 'x-request-id': 'r1', 'x-jrctl-charged': '0', connection: 'close' })
    const text = await client.until('{"a":1}')
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(text).toMatch(/\r\nx-request-id: r1\r\n/)
    expect(text).toMatch(/\r\nx-jrctl-position: 1\r\nx-jrctl-charged: 5\r\ncontent-length: 7\r\n/)
    expect(text).not.toMatch(/charged: 0/)
    expect(await stage.ending(0)).toEqual({ kind: 'answered', status: 200, forwardedBytes: 7 })
    expect(stage.seen).toEqual(['{"a":1}'])
  })

  it.each([400, 404, 429, 500, 503, 529])('%i is passed on like any other', async (status) => {
    const call = await asked()
    call.answer(status, '{"error":{}}', { 'retry-after': '7' })
    expect(await client.until('{"error":{}}')).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*retry-after: 7`))
    expect(await stage.ending(0)).toMatchObject({ kind: 'answered', status })
  })

  it('that breaks off is an error in words, for nothing of it was sent', async () => {
    const call = await asked()
    call.head(200, { 'content-length': '7' })
    call.data('{"a"')
    call.fail()
    expect(await client.until('broke off')).toMatch(/^HTTP\/1.1 502 [^]*upstream_broken/)
    expect(await stage.ending(0)).toMatchObject({ kind: 'upstream_failed', told: true, forwardedBytes: 0 })
  })

  it('and is long goes on as it comes, with its length', async () => {
    const call = await asked()
    const length = forwardLimits.heldBytesMax + 1
    call.head(200, { 'content-length': String(length) })
    call.data('begun')
    await client.until(`content-length: ${length}\r\n`)
    await client.until('begun')
    call.data('x'.repeat(length - 5))
    call.end()
    expect(await stage.ending(0)).toMatchObject({ kind: 'answered', forwardedBytes: length })
  })

  it('has no body where there is none', async () => {
    const call = await asked()
    call.head(204)
    call.end()
    const text = await client.until('\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1.1 204 /)
    expect(text).not.toMatch(/content-length|transfer-encoding|trailer/i)
  })
})

describe('a stream', () => {
  it('has its head with the client before any byte of it', async () => {
    const call = await asked()
    call.head(200, events)
    expect(await client.until('\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200 OK\r\ncontent-type: text\/event-stream\r\n/,
    )
    call.data('data: 1\n\n')
    await client.until('data: 1\n\n')
    call.end()
    expect(await client.until('0\r\nx-jrctl-charged: 5\r\n\r\n')).toMatch(/trailer: x-jrctl-charged/)
    expect(await stage.ending(0)).toEqual({ kind: 'answered', status: 200, forwardedBytes: 9 })
  })

  it('that breaks off has no end: the client sees that it is not whole', async () => {
    const call = await asked()
    call.head(200, events)
    call.data('data: 1\n\n')
    await client.until('data: 1')
    call.fail()
    await client.closed
    expect(client.heard()).not.toContain('\r\n0\r\n')
    expect(await stage.ending(0)).toMatchObject({ kind: 'upstream_failed', told: false, forwardedBytes: 9 })
  })

  it('to a client of HTTP/1.0, which knows no chunks, breaks off with a reset', async () => {
    const call = await asked('1.0')
    call.head(200, events)
    call.data('data: 1\n\n')
    await client.until('data: 1')
    call.fail()
    expect(await client.closed).toBe('reset')
  })

  it('with a header that may not be sent on is an error in words', async () => {
    const call = await asked()
    call.head(200, { ...events, 'x-odd': 'a\u0001b' })
    expect(await client.until('control characters')).toMatch(/^HTTP\/1.1 502 /)
    await call.abandoned
  })

  it('goes no faster than its client reads, and loses nothing', async () => {
    const call = await asked()
    call.head(200, events)
    await client.until('\r\n\r\n')
    client.socket.pause()
    const piece = 'x'.repeat(64 * 1024)
    let told = 0
    while (!call.paused) {
      call.data(piece)
      told++
      await new Promise((resolve) => void setImmediate(resolve))
    }
    call.data('last')
    call.end()
    expect(stage.endings).toEqual([])
    client.socket.resume()
    expect(await stage.ending(0)).toMatchObject({ kind: 'answered', forwardedBytes: told * piece.length + 4 })
    await client.until('last')
  })
})

describe('a client that leaves', () => {
  it.each([
    ['before the head', () => {}],
    ['with a short answer half here', (call) => (call.head(200, { 'content-length': '9' }), call.data('{'))],
    ['in the middle of a stream', (call) => (call.head(200, events), call.data('data: 1\n\n'))],
  ] as [string, (call: Awaited<ReturnType<typeof asked>>) => void][])(
    '%s frees its upstream at once',
    async (_, begin) => {
      const call = await asked()
      begin(call)
      client.socket.resetAndDestroy()
      await call.abandoned
      expect(await stage.ending(0)).toMatchObject({ kind: 'client_gone', drained: false })
    },
  )

  it('in effect, taking nothing for minutes, is cut off; not one that is only slow', async () => {
    const call = await asked()
    call.head(200, events)
    await client.until('\r\n\r\n')
    const stall = async (): Promise<void> => {
      client.socket.pause()
      while (!call.paused) {
        call.data('x'.repeat(64 * 1024))
        await new Promise((resolve) => void setImmediate(resolve))
      }
    }
    await stall()
    await stage.clock.advance(forwardLimits.stalledMs - 1)
    client.socket.resume()
    call.data('caught up')
    await client.until('caught up')
    await stall()
    await stage.clock.advance(forwardLimits.stalledMs - 1)
    expect(call.aborted).toBe(false)
    await stage.clock.advance(1)
    await call.abandoned
    expect(await stage.ending(0)).toMatchObject({ kind: 'client_gone' })
  })

  it('while it does not read frees its upstream too', async () => {
    const call = await asked()
    call.head(200, events)
    await client.until('\r\n\r\n')
    client.socket.pause()
    while (!call.paused) {
      call.data('x'.repeat(64 * 1024))
      await new Promise((resolve) => void setImmediate(resolve))
    }
    client.socket.destroy()
    await call.abandoned
  })

  describe('where the policy is to drain', () => {
    beforeEach(async () => {
      await stage.close()
      await set({ abandoned: 'drain' })
    })

    it('has its answer counted to the end', async () => {
      const call = await asked()
      call.head(200, events)
      call.data('data: 1\n\n')
      await client.until('data: 1')
      client.socket.destroy()
      await stage.clientLeft(0)
      expect(call.aborted).toBe(false)
      call.data('data: 2\n\n')
      call.end()
      expect(await stage.ending(0)).toMatchObject({ kind: 'client_gone', drained: true, forwardedBytes: 9 })
      expect(stage.seen).toEqual(['data: 1\n\ndata: 2\n\n'])
    })

    it('but not for ever', async () => {
      const call = await asked()
      client.socket.destroy()
      await stage.clientLeft(0)
      await stage.clock.advance(forwardLimits.drainMs)
      expect(call.aborted).toBe(true)
      expect(await stage.ending(0)).toMatchObject({ kind: 'client_gone', drained: false })
    })
  })
})

describe('an upstream that fails before it answers', () => {
  it.each([
    ['unreachable', 502, 'upstream_unreachable'],
    ['slow_head', 504, 'upstream_timeout'],
    ['slow_body', 504, 'upstream_timeout'],
    ['broken', 502, 'upstream_broken'],
  ] as const)('%s: %i', async (kind, status, code) => {
    const call = await asked()
    call.fail({ kind, message: 'in plain words', sent: kind !== 'unreachable' })
    expect(await client.until('in plain words')).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*${code}`))
    expect(await stage.ending(0)).toMatchObject({ kind: 'upstream_failed', told: true, status: null })
    expect(upstream.calls).toHaveLength(1)
  })

  it('is asked once more where it cannot have read a byte, and only once', async () => {
    const call = await asked()
    call.fail({ sent: false })
    const again = await upstream.next()
    again.fail({ sent: false })
    await client.until('502')
    expect(upstream.calls).toHaveLength(2)
  })

  it('is asked again for what may be asked twice', async () => {
    client.socket.write('GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n')
    const call = await upstream.next()
    call.fail({ sent: true })
    const again = await upstream.next()
    again.answer(200, 'models')
    await client.until('models')
  })

  it('is not asked again for what it may be working on', async () => {
    const call = await asked()
    call.fail({ sent: true })
    await client.until('502')
    expect(upstream.calls).toHaveLength(1)
  })

  it('is not asked again once an answer began', async () => {
    const call = await asked()
    call.head(200, { 'content-length': '9' })
    call.fail({ sent: false })
    await client.until('502')
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('when we go down', () => {
  it('who has nothing yet is told so', async () => {
    const call = await asked()
    stage.forwardings[0]?.cut()
    expect(await client.until('gateway_stopping')).toMatch(/^HTTP\/1.1 503 /)
    await call.abandoned
    expect(await stage.ending(0)).toMatchObject({ kind: 'cut', told: true })
  })

  it('who has half an answer sees that it is not whole', async () => {
    const call = await asked()
    call.head(200, events)
    call.data('data: 1\n\n')
    await client.until('data: 1')
    stage.forwardings[0]?.cut()
    await client.closed
    expect(client.heard()).not.toContain('\r\n0\r\n')
    expect(await stage.ending(0)).toMatchObject({ kind: 'cut', told: false })
  })

  it('what is over already stays as it ended', async () => {
    const call = await asked()
    call.answer(200, 'done')
    await client.until('done')
    stage.forwardings[0]?.cut()
    expect(await stage.ending(0)).toMatchObject({ kind: 'answered' })
  })
})
