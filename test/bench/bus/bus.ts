import { type Figure, type Measured, median, percentile } from '../figure.ts'
import { startFleet } from '../fleet.ts'
import { type Connection, openConnection } from '../gateway/wire.ts'
import { markdownTable } from '../queue/tables.ts'
import { jrctl } from '../../support/jrctl.ts'
import { cpuMsOf } from '../supervision/proc.ts'
import { busRequest } from './requests.ts'
import { startResponders } from './responders.ts'
import { startBareBus } from './bare-bus.ts'

const clients = 50
/** As often each of them asks, with its own beginning: as workers that talk now and then, not as one that hammers. */
const everyMs = 100
const measuredMs = 20_000
/** In which ours and the bare relay take turns, so short that nobody hangs up meanwhile. */
const rounds = 10
const warmUpMs = 2_000
const target = { p99Ms: 5 }

/**
 * Request and answer over the bus of a real daemon: two HTTP requests and an event each, from 50 connections. A bare relay takes turns
 * with it, for what this machine makes of such an exchange at best.
 */
export async function bus(): Promise<Measured> {
  const fleet = await startFleet(4)
  const bare = await startBareBus(fleet.place.dir)
  try {
    const ours = await openParty(await socketOf(fleet.place), fleet.pid)
    const theirs = await openParty(bare.socket, bare.pid)
    const calm = { ours: [] as Load[], theirs: [] as Load[] }
    for (let round = 0; round < rounds; round += 1) {
      calm.ours.push(await measure(ours, paced, measuredMs / rounds))
      calm.theirs.push(await measure(theirs, paced, measuredMs / rounds))
    }
    const cached = await measure(ours, (to, forMs) => paced(to, forMs, 60_000), measuredMs / 2)
    const hard = await measure(ours, flatOut, measuredMs / 2)
    const hardest = await measure(theirs, flatOut, measuredMs / 2)
    for (const party of [ours, theirs]) party.close()
    const [mine, least] = [together(calm.ours), together(calm.theirs)]
    return {
      figures: [figure(mine.times, least.times)],
      details: details({ mine, least, cached, hard, hardest }),
    }
  } finally {
    await bare.stop()
    await fleet.end()
  }
}

/** All who ask and answer on one bus. */
interface Party {
  connections: Connection[]
  pid: number
  close(): void
}

async function openParty(socket: string, pid: number): Promise<Party> {
  const responders = await startResponders(socket, 2)
  const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(socket)))
  await paced(connections, warmUpMs)
  return {
    connections,
    pid,
    close() {
      for (const connection of connections) connection.close()
      responders.stop()
    },
  }
}

type Asking = (connections: readonly Connection[], forMs: number) => Promise<number[]>

const measure = ({ connections, pid }: Party, asking: Asking, forMs: number): Promise<Load> =>
  withCpu(pid, forMs, () => asking(connections, forMs))

function together(loads: readonly Load[]): Load {
  return {
    times: loads.flatMap(({ times }) => times),
    forMs: loads.reduce((sum, { forMs }) => sum + forMs, 0),
    cpuMs: median(loads.map(({ cpuMs }) => cpuMs)),
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

function figure(ours: readonly number[], bare: readonly number[]): Figure {
  const [p99, bareP99] = [percentile(ours, 0.99), percentile(bare, 0.99)]
  return {
    what: `request and answer, ${clients} clients, each every ${everyMs} ms, p50 / p99`,
    measured: `${ms(median(ours))} / ${ms(p99)} ms; a bare relay ${ms(median(bare))} / ${ms(bareP99)}`,
    target: `p99 ≤ ${target.p99Ms} ms`,
    met: p99 <= target.p99Ms,
  }
}

function details(loads: Record<'mine' | 'least' | 'cached' | 'hard' | 'hardest', Load>): string {
  const row = (what: string, { times, forMs, cpuMs }: Load): string[] => [
    what,
    Math.round((times.length * 1000) / forMs).toLocaleString('en-US'),
    `${ms(median(times))} / ${ms(percentile(times, 0.99))}`,
    ms(cpuMs),
  ]
  return markdownTable(
    [`${clients} clients, 2 responders`, 'requests/s', 'p50 / p99 ms', 'CPU of the bus, ms a request'],
    [
      row(`jrctl, each every ${everyMs} ms`, loads.mine),
      row('a bare relay of node:http, the same', loads.least),
      row('jrctl, with answers out of the cache', loads.cached),
      row('jrctl, each at once again (what goes through)', loads.hard),
      row('a bare relay, each at once again', loads.hardest),
    ],
  )
}

const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0)

function sleep(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, forMs))
  })
}
