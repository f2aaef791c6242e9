/**
 * How a handler tells the bench that it started a job: `index time` lines on a unix socket, the time on the machine's
 * monotonic clock, which all processes share. Plain JavaScript without dependencies, as everything in this folder: it runs
 * beside the peers' packages, which the project itself neither installs nor type-checks.
 */
import { connect } from 'node:net'

/** Lines wait for so many, so that telling costs no handler anything worth measuring … */
const linesHeld = 1_000
/** … but never for longer than this. */
const heldMs = 200

/**
 * BENCH_SOCKET: where to. BENCH_EACH=1: tell each start at once, for latency. BENCH_JOBS: how many are expected; the last
 * of them is told at once, so that the end of a run is seen without delay.
 * @returns {(index: number) => void} to be called first thing in the handler
 */
export function reporter(env = process.env) {
  const socket = connect(env.BENCH_SOCKET)
  // The bench is gone: so are we.
  socket.on('error', () => process.exit(1)).on('close', () => process.exit(0))
  const expected = Number(env.BENCH_JOBS)
  const atOnce = env.BENCH_EACH === '1'
  let lines = []
  let told = 0
  const flush = () => {
    if (lines.length > 0) socket.write(lines.join(''))
    lines = []
  }
  setInterval(flush, heldMs).unref()
  return (index) => {
    lines.push(`${index} ${process.hrtime.bigint()}\n`)
    told += 1
    if (atOnce || told >= expected || lines.length >= linesHeld) flush()
  }
}
