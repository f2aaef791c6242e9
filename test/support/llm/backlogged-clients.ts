import OpenAI from 'openai'
import type { TestAttempt } from './attempts.ts'
import type { ServedGateway } from './served-gateway.ts'

/** Agents that always want more: each has several calls out, and a new one for each that comes back. */
export interface BackloggedClients {
  /** Settles when so many calls more came back, of all together. */
  done(calls: number): Promise<void>
  /** How many of each came back while so many came back in all. @throws when the upstream counted otherwise */
  window(calls: number): Promise<number[]>
  timedWindow(calls: number): Promise<{ calls: number[]; elapsedMs: number }>
  /** Settles when this one has noticed that it may ask no more. */
  leave(attempt: TestAttempt): Promise<void>
  stop(): Promise<void>
}

/** Enough that a flow always has somebody waiting, while D are out and answers are on their way. */
const callsOutEach = 16

export function backloggedClients(
  gateway: ServedGateway,
  attempts: readonly TestAttempt[],
): BackloggedClients {
  const back = attempts.map(() => 0)
  const stopping = new AbortController()
  const waiting = new Set<() => void>()
  let total = 0

  const agents = attempts.map(async ({ key }, index) => {
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const loops = Array.from({ length: callsOutEach }, async () => {
      const ask = {
        model: 'small-1',
        user: String(index),
        messages: [{ role: 'user' as const, content: 'So?' }],
      }
      while (!stopping.signal.aborted) {
        await client.chat.completions.create(ask, { signal: stopping.signal })
        back[index] = (back[index] ?? 0) + 1
        total += 1
        for (const look of waiting) look()
      }
    })
    await Promise.allSettled(loops)
  })

  function done(calls: number): Promise<void> {
    const goal = total + calls
    return new Promise((resolve) => {
      const look = () => {
        if (total < goal) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  }

  async function window(calls: number): Promise<number[]> {
    const [before, seenBefore] = [[...back], countSeen()]
    await done(calls)
    const [after, seenAfter] = [[...back], countSeen()]
    const got = after.map((count, index) => count - (before[index] ?? 0))
    for (const [index, count] of got.entries()) {
      const seen = (seenAfter[index] ?? 0) - (seenBefore[index] ?? 0)
      // What is out now, or was then, is counted at one end alone.
      if (Math.abs(seen - count) > callsOutEach)
        throw new Error(`${seen} came of ${index}, ${count} went back`)
    }
    return got
  }

  function countSeen(): number[] {
    const counts = attempts.map(() => 0)
    for (const { json } of gateway.upstream.seen) {
      const index = Number(json?.['user'])
      counts[index] = (counts[index] ?? 0) + 1
    }
    return counts
  }

  return {
    done,
    window,
    async timedWindow(calls) {
      const startMs = performance.now()
      const got = await window(calls)
      return { calls: got, elapsedMs: performance.now() - startMs }
    },
    leave: async (attempt) => await agents[attempts.indexOf(attempt)],
    async stop() {
      stopping.abort()
      await Promise.all(agents)
    },
  }
}
