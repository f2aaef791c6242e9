import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What the handlers tell (peers/report.mjs): which job was started when. */
export interface Starts {
  /** For the handler's environment. */
  env: Record<string, string>
  /** Every start told so far, in the order told; a job that ran twice is there twice. */
  all: readonly Start[]
  /** Settles when so many starts were told. */
  reached(count: number, timeoutMs: number): Promise<void>
  /** When this job was started; waits for it. Nanoseconds of the monotonic clock. */
  of(index: number, timeoutMs: number): Promise<bigint>
  close(): Promise<void>
}

export interface Start {
  index: number
  atNs: bigint
}

/** @param atOnce each start is told as it happens, for latency; else in bundles, which costs the handler next to nothing */
export async function listenForStarts(expected: number, atOnce: boolean): Promise<Starts> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-bench-starts-'))
  const path = join(dir, 'socket')
  const all: Start[] = []
  const waiting = new Set<() => void>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    createInterface({ input: socket }).on('line', (line) => {
      const [index, atNs] = line.split(' ')
      all.push({ index: Number(index), atNs: BigInt(atNs ?? 0) })
      for (const look of waiting) look()
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))

  const until = (holds: () => boolean, timeoutMs: number, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        waiting.delete(look)
        settle()
      }
      const look = (): void => {
        if (holds()) end(resolve)
      }
      const late = (): void =>
        reject(new Error(`${what} within ${timeoutMs} ms: ${all.length} starts were told`))
      const timer = setTimeout(() => end(late), timeoutMs)
      waiting.add(look)
      look()
    })

  return {
    env: { BENCH_SOCKET: path, BENCH_JOBS: String(expected), ...(atOnce ? { BENCH_EACH: '1' } : {}) },
    all,
    reached: (count, timeoutMs) => until(() => all.length >= count, timeoutMs, `not ${count} starts`),
    async of(index, timeoutMs) {
      let found: Start | undefined
      await until(
        () => (found = all.findLast((start) => start.index === index)) !== undefined,
        timeoutMs,
        `job ${index} was not started`,
      )
      return found?.atNs ?? 0n
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(dir, { recursive: true, force: true })
    },
  }
}
