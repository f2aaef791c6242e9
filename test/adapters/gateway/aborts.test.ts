import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { fakeRandom } from '../../fakes/random.ts'
import type { FakeUpstreamCall } from '../../fakes/upstream.ts'
import { type Served, serve } from './serve.ts'

/** 10,000 for the large size. */
const abortsMax = Number(process.env['JRCTL_GATEWAY_ABORTS'] ?? 200)
const atOnce = 50
const places = 4

/*
 * Clients that leave at any moment: in the middle of their head or body, while they wait, before, in and after the answer. In
 * the end the books must show that all that was reserved was settled or given back, once.
 */
it(`loses no reservation over ${abortsMax} clients that leave at random`, async () => {
  const at = await serve({ unit: 'token' })
  const random = fakeRandom(7)
  // Some have to wait for one of these.
  at.capacity.lane('fake', places)
  void answerAll(at, () => random.unit())
  const keys = Array.from({ length: 5 }, () => at.attempts.begin().key)
  let left = abortsMax
  const client = async (): Promise<void> => {
    while (left-- > 0) await leaveAtRandom(at, keys[left % keys.length] ?? '', () => random.unit())
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  await until(() => at.gateway.view()?.inFlight === 0 && at.gateway.view()?.waiting === 0)

  const { books } = at.capacity
  expect(books.inFlight).toBe(0)
  expect(books.reserved).toBeCloseTo(books.settled + books.refunded)
  expect(books.grants).toBe(books.settlements + books.refunds)
  // Each way was gone: or else this shows nothing.
  expect(Math.min(books.settlements, books.refunds, books.cancelled)).toBeGreaterThan(abortsMax / 100)
  expect(at.logger.lines.filter(({ level }) => level === 'error')).toEqual([])
  // Nobody is kept out by what was left behind.
  expect(at.capacity.waiting).toBe(0)
  await at.close()
})

async function leaveAtRandom(at: Served, key: string, chance: () => number): Promise<void> {
  const body = JSON.stringify({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: 'x'.repeat(500) }],
  })
  const { hostname, port, host } = new URL(at.url)
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\ncontent-length: ${body.length}\r\n\r\n`
  const bytes = head + body
  const socket = connect(Number(port), hostname).on('error', () => {})
  await once(socket, 'connect')
  if (chance() < 0.15) socket.write(bytes.slice(0, Math.floor(chance() * bytes.length)))
  else {
    socket.write(bytes)
    await someTurns(chance)
    if (chance() < 0.5) await Promise.race([once(socket, 'data'), once(socket, 'close')])
    await someTurns(chance)
  }
  await leave(socket, chance)
}

/** By FIN or by RST. */
async function leave(socket: Socket, chance: () => number): Promise<void> {
  if (socket.closed) return
  const closed = once(socket, 'close')
  if (chance() < 0.5) socket.resetAndDestroy()
  else socket.destroy()
  await closed
}

/** Answers each call in one of the ways that there are, by and by; the last one that it waits for never comes. */
async function answerAll(at: Served, chance: () => number): Promise<void> {
  for (;;) void answer(await at.upstream.next(), chance)
}

async function answer(call: FakeUpstreamCall, chance: () => number): Promise<void> {
  await someTurns(chance)
  const way = chance()
  if (way < 0.1) return call.fail({ kind: 'broken' })
  if (way < 0.2) return call.answer(500, 'no')
  call.head(200, { 'content-type': 'text/event-stream' })
  for (let event = 0; event < 5; event++) {
    call.data(`data: {"choices":[{"delta":{"content":"${event}"}}]}\n\n`)
    await someTurns(chance)
  }
  if (way < 0.4) return call.fail({ kind: 'broken' })
  call.data('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}\n\n')
  call.end()
}

async function someTurns(chance: () => number): Promise<void> {
  for (let turns = Math.floor(chance() * 8); turns > 0; turns--) await turn()
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
