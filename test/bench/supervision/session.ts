import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Births, listenForBirths } from './births.ts'
import type { Contender, Prepared } from './contender.ts'
import { bearersOf, dwellersOf, familyOf, isAlive, memoryOf } from './proc.ts'
import { until } from './programs.ts'

/** A contender with its workers, from the first to the last of its processes. */
export interface Session {
  count: number
  /** What all its workers carry in their command line, and nobody else. */
  word: string
  births: Births
  prepared: Prepared
  /** Launches; settles with the milliseconds until the last worker told of its start. */
  launch(): Promise<number>
  /** Shuts down; settles with the milliseconds until the last worker was gone, and until the supervisor was. */
  shutDown(): Promise<{ workersMs: number; allMs: number }>
  /** Its processes without the workers, the one that decides first. */
  supervisors(): number[]
  /** Ends whatever is left, and removes what was written. */
  end(): Promise<void>
}

const startTimeoutMs = 120_000
const stopTimeoutMs = 120_000

const scripts = { sleeping: 'worker.sh', dying: 'dying-worker.sh' } as const
let sessions = 0

export async function openSession(
  contender: Contender,
  count: number,
  kind: keyof typeof scripts = 'sleeping',
): Promise<Session> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-bench-'))
  const folder = join(dir, contender.name)
  await mkdir(folder)
  const births = listenForBirths(dir)
  sessions += 1
  const word = `86${process.pid}.${sessions}`
  const script = fileURLToPath(new URL(scripts[kind], import.meta.url))
  const prepared = await contender.prepare({ folder, count, command: [script, births.fifo, word] })
  const workers = (): number[] => births.all.map(({ pid }) => pid).filter(isAlive)

  return {
    count,
    word,
    births,
    prepared,
    async launch() {
      const [startMs, from] = [performance.now(), births.all.length]
      await Promise.all([births.reached(count, from, startTimeoutMs), prepared.launch()])
      return (births.all[from + count - 1]?.atMs ?? Number.NaN) - startMs
    },
    async shutDown() {
      const left = new Set(workers())
      const startMs = performance.now()
      const goneMs = until(
        `the workers of ${contender.name} are gone`,
        () => {
          for (const pid of left) if (!isAlive(pid)) left.delete(pid)
          return left.size === 0
        },
        stopTimeoutMs,
      ).then(() => performance.now() - startMs)
      const [workersMs] = await Promise.all([goneMs, prepared.shutDown()])
      return { workersMs, allMs: performance.now() - startMs }
    },
    supervisors() {
      const alive = new Set(workers())
      return familyOf(prepared.daemonPid()).filter((pid) => !alive.has(pid))
    },
    async end() {
      // Supervisors first, or they begin anew what ends.
      for (const pid of [...dwellersOf(dir), ...bearersOf(word)]) kill(pid)
      await prepared.dispose()
      births.close()
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Of the supervisor's processes: the deciding one apart from those that it keeps for its workers. */
export function memoryBySide(session: Session): { daemon: Memory; others: Memory } {
  const daemon = session.prepared.daemonPid()
  return {
    daemon: memoryOf([daemon]),
    others: memoryOf(session.supervisors().filter((pid) => pid !== daemon)),
  }
}

export type Memory = ReturnType<typeof memoryOf>

/** Our own processes, known by their word. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}
