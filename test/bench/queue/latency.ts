import { setTimeout as sleep } from 'node:timers/promises'
import type { Measured } from '../figure.ts'
import { percentile } from '../figure.ts'
import { scale } from '../scale.ts'
import type { Contender, Enqueuer } from './contender.ts'
import { jrctlContender } from './ours.ts'
import { loadPeers } from './peers.ts'
import type { BenchDatabase, BenchServer } from './server.ts'
import { listenForStarts, type Starts } from './starts.ts'
import { markdownTable, milliseconds } from './tables.ts'

const limitMs = 15
/** Not counted: the first jobs of a process compile code and plan statements. */
const warmUps = 20
/** After each start, for the worker to finish and be idle again. */
const gapMs = 25
/** A start that takes longer has failed. */
const startTimeoutMs = 60_000

interface Waits {
  contender: Contender
  emptyMs: number[]
  /** With rows that are due tomorrow lying in the table. */
  crowdedMs: number[]
}

/**
 * One job at a time for an idle worker: from just before the call that enqueues it to the first line of its handler, on the
 * clock that both processes share.
 */
export async function latency(server: BenchServer): Promise<Measured> {
  const results: Waits[] = []
  for (const contender of [jrctlContender('batched'), ...(await onePerPeer())]) {
    const database = await server.database()
    await contender.prepare(database.url)
    const emptyMs = await waits(contender, database)
    await contender.fillFuture(database, scale.rows)
    await database.settle()
    const crowdedMs = await waits(contender, database)
    await database.drop()
    process.stderr.write(
      `  ${contender.name} ${contender.mode}: ${shown(emptyMs)}; crowded ${shown(crowdedMs)}\n`,
    )
    results.push({ contender, emptyMs, crowdedMs })
  }
  const ours = results[0]
  if (ours === undefined) throw new Error('nothing was measured')
  const crowd = scale.rows.toLocaleString('en-US')
  return {
    figures: [
      figure(`enqueue → start, idle worker, ${scale.singles} tasks one by one, p99`, ours.emptyMs),
      figure(`the same with ${crowd} tasks scheduled for the future, p99`, ours.crowdedMs),
    ],
    details: markdownTable(
      ['queue', 'mode', 'p50 / p95 / p99 ms', `p50 / p95 / p99 ms with ${crowd} future jobs`],
      results.map(({ contender, emptyMs, crowdedMs }) => [
        contender.name,
        contender.mode,
        shown(emptyMs),
        shown(crowdedMs),
      ]),
    ),
  }
}

/** pg-boss and BullMQ wake alike in every mode; graphile-worker's local queue looks at its table differently. */
async function onePerPeer(): Promise<Contender[]> {
  const peers = await loadPeers()
  return peers.filter(({ name, mode }) => name === 'graphile-worker' || mode === 'single')
}

async function waits(contender: Contender, database: BenchDatabase): Promise<number[]> {
  const jobs = warmUps + scale.singles
  const starts = await listenForStarts(jobs, true)
  const worker = await contender.work(database.url, starts.env)
  const enqueuer = await contender.enqueuer(database.url)
  try {
    const waitedMs = await Promise.race([oneByOne(enqueuer, starts, jobs), worker.failed])
    return waitedMs.slice(warmUps)
  } finally {
    await enqueuer.close()
    await worker.stop()
    await starts.close()
  }
}

async function oneByOne(enqueuer: Enqueuer, starts: Starts, jobs: number): Promise<number[]> {
  const waitedMs: number[] = []
  for (let index = 0; index < jobs; index += 1) {
    const fromNs = process.hrtime.bigint()
    await enqueuer.one(index)
    waitedMs.push(Number((await starts.of(index, startTimeoutMs)) - fromNs) / 1e6)
    await sleep(gapMs)
  }
  return waitedMs
}

const shown = (values: readonly number[]): string =>
  [0.5, 0.95, 0.99].map((part) => milliseconds(percentile(values, part))).join(' / ')

function figure(what: string, waitedMs: readonly number[]) {
  const p99 = percentile(waitedMs, 0.99)
  return { what, measured: `${milliseconds(p99)} ms`, target: `≤ ${limitMs} ms`, met: p99 <= limitMs }
}
