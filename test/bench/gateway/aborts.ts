import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../figure.ts'
import type { UpstreamProcess } from './child.ts'
import type { Standing } from './contender.ts'
import { open, requestBytes, type Target } from './wire.ts'

/** Clients that go away at the same time. */
const atOnce = 32
/** After so long what was to arrive or to end never will. */
const patienceMs = 5000

export interface Aborts {
  count: number
  /** From the client's close to the upstream's, as the upstream saw it. */
  p50Ms: number
  p99Ms: number
  slowestMs: number
  /** Of the places that there are, how many nobody could have any more afterwards. */
  leaked: number
}

/**
 * Clients that go away in the middle, half of them before their answer began. Whether anything leaked is not asked of the
 * gateway: as many requests as it has places must all reach the upstream at once afterwards.
 */
export async function abortClients(
  { target }: Standing,
  upstream: UpstreamProcess,
  count: number,
  places: number,
): Promise<Aborts> {
  const reports = listenTo(upstream)
  try {
    const latenciesMs: number[] = []
    let next = 0
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (next < count) latenciesMs.push(await abortOne(target, reports, next++))
      }),
    )
    return {
      count: latenciesMs.length,
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
      slowestMs: Math.max(...latenciesMs),
      leaked: places - (await placesLeft(target, reports, places)),
    }
  } finally {
    reports.stop()
  }
}

async function abortOne(target: Target, reports: Reports, at: number): Promise<number> {
  const user = `abort${at}`
  const streams = at % 2 === 0
  const socket = await open(target.port)
  const begun = new Promise<void>((resolve) => socket.once('data', () => resolve()))
  const came = reports.until(`came ${user}`)
  const closed = reports.until(`closed ${user}`)
  socket.write(requestBytes(target, streams ? 'hang-streaming' : 'hang', user))
  await came
  if (streams) await begun
  const abortedNs = process.hrtime.bigint()
  socket.destroy()
  return Number((await closed) - abortedNs) / 1e6
}

/** How many requests that never end reach the upstream at the same time. */
async function placesLeft(target: Target, reports: Reports, places: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: places }, () => open(target.port)))
  const arrivals = sockets.map((socket, at) => {
    const came = reports.until(`came place${at}`).then(
      () => 1,
      () => 0,
    )
    socket.write(requestBytes(target, 'hang', `place${at}`))
    return came
  })
  const arrived = await Promise.all(arrivals)
  for (const socket of sockets) socket.destroy()
  return arrived.reduce<number>((sum, one) => sum + one, 0)
}

interface Reports {
  /** When the upstream told it (CLOCK_MONOTONIC, ns); rejects when it does not in time. */
  until(what: string): Promise<bigint>
  stop(): void
}

function listenTo(upstream: UpstreamProcess): Reports {
  const told = new Map<string, (atNs: bigint) => void>()
  const stop = upstream.listen((report) => {
    if (report.kind === 'listens') return
    const key = `${report.kind} ${report.user}`
    told.get(key)?.(BigInt(report.atNs))
    told.delete(key)
  })
  return {
    async until(what) {
      const { promise, resolve } = Promise.withResolvers<bigint>()
      told.set(what, resolve)
      const late = new AbortController()
      const never = sleep(patienceMs, undefined, { signal: late.signal }).then(() => {
        throw new Error(`the upstream has not told: ${what}`)
      })
      try {
        return await Promise.race([promise, never])
      } finally {
        late.abort()
        never.catch(() => {})
      }
    },
    stop,
  }
}
