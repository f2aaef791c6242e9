import type { BenchDatabase } from './server.ts'
import type { WorkerProcess } from './worker-process.ts'

/**
 * `single`: each completion is acknowledged by a statement of its own. `batched`: many by one. `installed`: nothing is set but
 * how many jobs run at a time, as many as with the peers.
 */
export type Mode = 'single' | 'batched' | 'installed'

/** A queue that is measured: jrctl or one of its peers. Jobs are numbered; the handler tells the number and does nothing. */
export interface Contender {
  name: string
  mode: Mode
  /** Makes its tables in an empty database. */
  prepare(url: string): Promise<void>
  /** A producer with open connections, as an application has it. */
  enqueuer(url: string): Promise<Enqueuer>
  /** Puts jobs that are due from tomorrow on. */
  fillFuture(database: BenchDatabase, rows: number): Promise<void>
  /** Starts its worker process. */
  work(url: string, env: Record<string, string>): Promise<WorkerProcess>
  /** How many of the jobs that are due are not finished, by the database. */
  left(database: BenchDatabase): Promise<number>
  /** Throws unless what its guarantees leave behind is there for each of so many finished jobs. */
  verify?(database: BenchDatabase, jobs: number): Promise<void>
}

export interface Enqueuer {
  /** By the call that an application makes for one job; settles when it is committed. */
  one(index: number): Promise<void>
  many(indexes: readonly number[]): Promise<void>
  close(): Promise<void>
}

const batch = 1_000

/** Puts the jobs 0 … count − 1, a thousand a call. */
export async function fill(contender: Contender, url: string, count: number): Promise<void> {
  const enqueuer = await contender.enqueuer(url)
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first)
    await enqueuer.many(Array.from({ length: size }, (_, offset) => first + offset))
  }
  await enqueuer.close()
}

/** jrctl and its peers, each in the mode in which it is fastest. */
export const inFastestMode = (all: readonly Contender[]): Contender[] =>
  all.filter(
    ({ name, mode }) =>
      mode === 'batched' || !all.some((other) => other.name === name && other.mode === 'batched'),
  )
