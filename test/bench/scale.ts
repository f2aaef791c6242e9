/**
 * How much is measured. The figures of RESULTS.md are those of the defaults; smaller ones are for trying, and then the page is
 * left as it is.
 */
const read = (name: string, usual: number): number => {
  const text = process.env[name]
  if (text === undefined || text === '') return usual
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${name}=${text} is not a whole number from 1 on`)
  return value
}

export const scale = {
  /** Jobs of one run for throughput. */
  jobs: read('JRCTL_BENCH_JOBS', 20_000),
  /** How often everything is run, the contenders taking turns. */
  rounds: read('JRCTL_BENCH_ROUNDS', 5),
  /** The same of whole fleets, of which one round takes minutes. */
  fleetRounds: Math.min(3, read('JRCTL_BENCH_ROUNDS', 3)),
  /** Jobs put one by one for latency. */
  singles: read('JRCTL_BENCH_SINGLES', 200),
  /** Rows that lie in the queue's way: for the future, waiting, or finished. */
  rows: read('JRCTL_BENCH_ROWS', 1_000_000),
  /** How long a transaction holds the vacuum horizon back, per contender. */
  pinSeconds: read('JRCTL_BENCH_PIN_SECONDS', 120),
  /** Workers killed. */
  kills: read('JRCTL_BENCH_KILLS', 60),
  /** How long, beside the kills, tasks must run on undisturbed. */
  guardSeconds: read('JRCTL_BENCH_GUARD_SECONDS', 120),
  /** How long a supervisor is watched: at rest, and with a worker that fails at once. */
  watchSeconds: read('JRCTL_BENCH_WATCH_SECONDS', 30),
  /** How long a proxy is asked without a pause, per kind of request and number of connections. */
  gatewaySliceMs: read('JRCTL_BENCH_GATEWAY_SLICE_MS', 2000),
  /** Streams whose readers have stopped reading. */
  stalledStreams: read('JRCTL_BENCH_STALLED_STREAMS', 1000),
  /** Clients that go away in the middle. */
  aborts: read('JRCTL_BENCH_ABORTS', 10_000),
} as const

/** Whether anything is measured at another size than the page's. */
export const isTrial = Object.keys(process.env).some((name) => name.startsWith('JRCTL_BENCH_'))
