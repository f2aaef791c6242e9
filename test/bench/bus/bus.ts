import { type Figure, type Measured, median, percentile } from '../figure.ts'
import { startFleet } from '../fleet.ts'
import { type Connection, openConnection } from '../gateway/wire.ts'
import { markdownTable } from '../queue/tables.ts'
import { jrctl } from '../../support/jrctl.ts'
import { cpuMsOf } from '../supervision/proc.ts'
import { busRequest } from './requests.ts'
import { startResponders } from './responders.ts'

const clients = 50
/** As often each of them asks, with its own beginning: as workers that talk now and then, not as one that hammers. */
const everyMs = 100
const measuredMs = 10_000
const warmUpMs = 2_000
const target = { p99Ms: 5 }

/** Request and answer over the bus of a real daemon: two HTTP requests and an event each, from 50 connections. */
export async function bus(): Promise<Measured> {
  const fleet = await startFleet(4)
  try {
    const socket = await socketOf(fleet.place)
    const responders = await startResponders(socket, 2)
    const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(socket)))
    await paced(connections, warmUpMs)
    const measure = (load: (forMs: number) => Promise<number[]>, forMs: number) =>
      withCpu(fleet.pid, forMs, () => load(forMs))
    const calm = await measure((forMs) => paced(connections, forMs), measuredMs)
    const cached = await measure((forMs) => paced(connections, forMs, 60_000), measuredMs / 2)
    const hard = await measure((forMs) => flatOut(connections, forMs), measuredMs / 2)
    for (const connection of connections) connection.close()
    responders.stop()
    return { figures: [figure(calm.times)], details: details(calm, cached, hard) }
  } finally {
    await fleet.end()
  }
}

interface Load {
  times: number[]
  forMs: number
  /** Of the daemon, for one request with its answer. */
  cpuMs: number
}

async function withCpu(pid: number, forMs: number, load: () => Promise<number[]>): Promise<Load> {
  const beforeMs = cpuMsOf([pid])
  const times = await load()
  return { times, forMs, cpuMs: (cpuMsOf([pid]) - beforeMs) / times.length }
}

async function socketOf(place: Parameters<typeof jrctl>[0]): Promise<string> {
  const { stdout } = await jrctl(place, ['status', '--json'])
  const { api, daemon } = JSON.parse(stdout) as { api?: { socket: string }; daemon: { stateDir: string } }
  return api?.socket ?? `${daemon.stateDir}/jrctl.sock`
}

/**
 * Milliseconds of each request. Each client has its own times, spread evenly, and keeps to them: who waited after each answer
 * instead would fall in step with those who were answered together, and all would ask at once.
 */
async function paced(connections: readonly Connection[], forMs: number, cacheMs = 0): Promise<number[]> {
  const beginMs = performance.now()
  const times: number[] = []
  const client = async (connection: Connection, at: number): Promise<void> => {
    for (let dueMs = (at * everyMs) / connections.length; dueMs < forMs; dueMs += everyMs) {
      await sleep(beginMs + dueMs - performance.now())
      const { wholeMs, status } = await connection.ask(busRequest(at, cacheMs))
      if (status !== 200) throw new Error(`a request was answered with ${status}`)
      times.push(wholeMs)
    }
  }
  await Promise.all(connections.map(client))
  return times
}

/** All of them ask again as soon as they have their answers: how much goes through, not how quick it is. */
async function flatOut(connections: readonly Connection[], forMs: number): Promise<number[]> {
  const endMs = performance.now() + forMs
  const times: number[] = []
  const client = async (connection: Connection, at: number): Promise<void> => {
    while (performance.now() < endMs) times.push((await connection.ask(busRequest(at, 0))).wholeMs)
  }
  await Promise.all(connections.map(client))
  return times
}

function figure(times: readonly number[]): Figure {
  return {
    what: `request and answer, ${clients} clients, each every ${everyMs} ms, p50 / p99`,
    measured: `${ms(median(times))} / ${ms(percentile(times, 0.99))} ms`,
    target: `p99 ≤ ${target.p99Ms} ms`,
    met: percentile(times, 0.99) <= target.p99Ms,
  }
}

function details(calm: Load, cached: Load, hard: Load): string {
  const row = (what: string, { times, forMs, cpuMs }: Load): string[] => [
    what,
    Math.round((times.length * 1000) / forMs).toLocaleString('en-US'),
    `${ms(median(times))} / ${ms(percentile(times, 0.99))}`,
    ms(cpuMs),
  ]
  return markdownTable(
    [
      `${clients} clients, 2 responders, one daemon`,
      'requests/s',
      'p50 / p99 ms',
      "the daemon's CPU, ms a request",
    ],
    [
      row(`each every ${everyMs} ms`, calm),
      row('the same, with answers out of the cache', cached),
      row('each at once again (what goes through)', hard),
    ],
  )
}

const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0)

function sleep(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, forMs))
  })
}
