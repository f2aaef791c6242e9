import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { serveGateway } from '../../support/llm/gateway.ts'
import { eventsOf, type Reply, startStream, written } from '../../support/llm/replies.ts'
import { someTokens } from '../../support/llm/tokens.ts'
import { piecesOf } from '../../support/llm/server-sent-events.ts'
import { fakeRandom } from '../../fakes/random.ts'

const requests = 240
const atATime = 20
/** Fewer, so that most of them wait first. */
const inFlight = 5

/** Whoever goes away, at whatever moment, leaves nothing behind: no reservation, no place, no connection of the upstream. */
describe('clients that go away at any time', () => {
  it('leave nothing behind', async () => {
    const served = await serveGateway({ unit: 'token', baseRate: 60_000_000, inFlight })
    const random = fakeRandom(7)
    const keys = [served.begin().key, served.begin().key, served.begin().key]
    served.upstream.always(hangingAt((events) => Math.min(events, Math.floor(random.unit() * 2 * events))))
    const endings = new Map<string, number>()
    let begun = 0

    async function client(index: number): Promise<void> {
      const openai = new OpenAI({
        apiKey: keys[index % keys.length] ?? '',
        baseURL: `${served.url}/v1`,
        maxRetries: 0,
      })
      while (begun < requests) {
        begun += 1
        const ending = await abandoned(openai, Math.floor(random.unit() * 24))
        endings.set(ending, (endings.get(ending) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: atATime }, (_, index) => client(index)))

    await served.settled()
    await served.upstream.quiet()
    served.check()
    // Every moment was met: before an answer, in the middle of one, at its end.
    expect([...endings.keys()].sort()).toEqual(['answered', 'before', 'during'])
    await served.close()
  })
})

describe('with abandoned = "drain"', () => {
  it('what a client has left is read to its end, and charged to the token', async () => {
    const served = await serveGateway({
      unit: 'token',
      baseRate: 60_000_000,
      gateway: { abandoned: 'drain' },
    })
    const goOn = Promise.withResolvers<void>()
    served.upstream.next(async (request, { response }) => {
      const pieces = piecesOf(eventsOf(request))
      startStream(response)
      for (const piece of pieces.slice(0, 3)) await written(response, piece)
      await goOn.promise
      for (const piece of pieces.slice(3)) await written(response, piece)
      response.end()
    })
    const openai = new OpenAI({ apiKey: served.begin().key, baseURL: `${served.url}/v1`, maxRetries: 0 })
    const stream = await openai.chat.completions.create({
      model: 'small-1',
      stream: true,
      messages: [{ role: 'user', content: 'So?' }],
    })
    for await (const _ of stream) break
    // Whoever is answered now came after the end of the other was seen.
    await openai.models.list()
    expect(served.upstream.answering()).toBe(1)
    goOn.resolve()
    await served.settled()
    expect(served.books.charged()).toBe(someTokens.input + someTokens.output)
    served.check()
    await served.close()
  })
})

/**
 * Asks for a stream and leaves after so many chunks; 0: as soon as it has asked. Who is kept waiting for a chunk leaves when the
 * event loop has gone round for a while.
 */
async function abandoned(openai: OpenAI, chunks: number): Promise<'before' | 'during' | 'answered'> {
  const leaving = new AbortController()
  let got = 0
  const turns = chunks === 0 ? 3 : 300
  const patience = leaveAfter(turns, () => leaving.abort())
  try {
    const stream = await openai.chat.completions.create(
      { model: 'small-1', stream: true, messages: [{ role: 'user', content: 'So?' }] },
      { signal: leaving.signal },
    )
    for await (const _ of stream) {
      got += 1
      if (got === chunks) leaving.abort()
    }
    if (!leaving.signal.aborted) return 'answered'
  } catch {
    // What it is told of its own going does not matter.
  } finally {
    patience.stop()
  }
  return got === 0 ? 'before' : 'during'
}

function leaveAfter(turns: number, leave: () => void): { stop(): void } {
  let left = turns
  const turn = () => {
    left -= 1
    if (left === 0) leave()
    else if (left > 0) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    stop() {
      left = 0
    },
  }
}

/** Streams, and stops for ever before one of its events; or comes to the end. */
function hangingAt(choose: (events: number) => number): Reply {
  return async (request, { response, gone }) => {
    const pieces = piecesOf(eventsOf(request))
    const stop = choose(pieces.length)
    startStream(response)
    for (const piece of pieces.slice(0, stop)) await written(response, piece)
    if (stop === pieces.length) response.end()
    else await gone
  }
}
