import type { ChildProcess } from 'node:child_process'
import { open, rename, rm, stat } from 'node:fs/promises'
import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Account, spawnDetached } from './account.ts'
import { embeddedFailure } from './failure.ts'
import { type PostmasterFile, postmasterFilePath, readPostmasterFile } from './postmaster-file.ts'
import { bootId, livingProcess, processesIn, worksIn } from './process-table.ts'
import type { ServerRecord } from './record.ts'

/** A postmaster proven to be the one of our data folder. */
export interface Postmaster extends PostmasterFile {
  startTime: number
}

const pollMs = 10
/** Replaying the log after a crash takes long only after long crashes; until then the caller waits. */
const readyWithinMs = 60_000
/** Backends notice their postmaster's death by a pipe, at once unless they are busy. */
const orphansEndWithinMs = 10_000
const logTailBytes = 16 * 1024
/** Rotated at start only: the server logs little beyond its own starts, stops and errors. */
const logBytesMax = 10 * 1024 * 1024

/**
 * The living postmaster of this data folder. A pid proves nothing by itself: the process must be called postgres and work in
 * this very folder, and when it is the one we started, have started then, in this boot.
 */
export async function findPostmaster(
  dataDir: string,
  known: ServerRecord['process'],
): Promise<Postmaster | null> {
  const file = await readPostmasterFile(dataDir)
  if (file === null) return null
  const living = await livingProcess(file.pid)
  if (living === null || living.name !== 'postgres' || !(await worksIn(file.pid, dataDir))) return null
  const sameBoot = known?.pid === file.pid && known.bootId === (await bootId())
  if (sameBoot && known.startTime !== living.startTime) return null
  return { ...file, startTime: living.startTime }
}

/**
 * Makes way for a new postmaster after a crash: waits for what the old one left behind, then takes away its file. PostgreSQL
 * would refuse to start when the file's pid is somebody else's by now. The caller holds the start lock and has proven that
 * no postmaster lives.
 */
export async function clearCrash(dataDir: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonicMs() + orphansEndWithinMs
  let orphans = await processesIn(dataDir)
  while (orphans.length > 0) {
    if (clock.monotonicMs() > deadline) throw orphansLeft(orphans, dataDir)
    await clock.sleep(pollMs)
    orphans = await processesIn(dataDir)
  }
  await rm(postmasterFilePath(dataDir), { force: true })
}

/** Starts a postmaster and waits until it takes connections. Throws OperationalError with the tail of its log. */
export async function startPostmaster(start: {
  account: Account
  program: string
  args: readonly string[]
  dataDir: string
  logFile: string
  clock: Clock
}): Promise<Postmaster> {
  const { dataDir, logFile, clock } = start
  const log = await openLog(logFile)
  try {
    const child = spawnDetached(start.account, start.program, start.args, log.descriptor)
    const end = endOf(child)
    child.unref()
    return await untilReady({ dataDir, clock, end, isOurs: (file) => file.pid === child.pid })
  } catch (error) {
    if (!(error instanceof PostmasterEnded)) throw error
    throw embeddedFailure(`The embedded PostgreSQL ${error.message}`, await log.tail(), logFile)
  } finally {
    await log.close()
  }
}

/** Waits until a postmaster that somebody else started takes connections. */
export async function untilTakesConnections(dataDir: string, pid: number, clock: Clock): Promise<Postmaster> {
  return untilReady({ dataDir, clock, end: { how: null }, isOurs: (file) => file.pid === pid })
}

/** Whether that very process still lives. */
export async function isAlive({ pid, startTime }: { pid: number; startTime: number }): Promise<boolean> {
  return (await livingProcess(pid))?.startTime === startTime
}

/** Watches its file: the server writes `ready` there when it takes connections, which is cheaper to ask than to connect. */
async function untilReady(wait: {
  dataDir: string
  clock: Clock
  end: { how: string | null }
  isOurs: (file: PostmasterFile) => boolean
}): Promise<Postmaster> {
  const deadline = wait.clock.monotonicMs() + readyWithinMs
  for (;;) {
    const file = await readPostmasterFile(wait.dataDir)
    if (wait.end.how !== null) throw new PostmasterEnded(wait.end.how)
    if (file !== null && wait.isOurs(file)) {
      const living = await livingProcess(file.pid)
      if (living === null) throw new PostmasterEnded('ended while it started')
      if (file.status === 'ready') return { ...file, startTime: living.startTime }
    }
    if (wait.clock.monotonicMs() > deadline) throw slowStart()
    await wait.clock.sleep(pollMs)
  }
}

class PostmasterEnded extends Error {}

function endOf(child: ChildProcess): { how: string | null } {
  const end: { how: string | null } = { how: null }
  child.once('error', (error) => (end.how = `could not be started: ${error.message}`))
  child.once('exit', (code, signal) => (end.how = `ended with ${signal ?? `exit code ${code}`}`))
  return end
}

async function openLog(
  path: string,
): Promise<{ descriptor: number; tail(): Promise<string>; close(): Promise<void> }> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
  if (size > logBytesMax) await rename(path, `${path}.1`)
  const handle = await open(path, 'a+', 0o600)
  const begin = (await handle.stat()).size
  return {
    descriptor: handle.fd,
    async tail() {
      const end = (await handle.stat()).size
      const from = Math.max(begin, end - logTailBytes)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - from), 0, end - from, from)
      return buffer.toString('utf8', 0, bytesRead)
    },
    close: () => handle.close(),
  }
}

function orphansLeft(pids: readonly number[], dataDir: string): OperationalError {
  return new OperationalError(
    `Processes of a PostgreSQL that died still work in ${dataDir}: ${pids.join(', ')}`,
    {
      code: 'embedded.orphans',
      retryable: true,
      hint: `End them (kill -QUIT ${pids.join(' ')}), then start again.`,
    },
  )
}

function slowStart(): OperationalError {
  return new OperationalError(
    `The embedded PostgreSQL has not become ready within ${readyWithinMs / 1000} s; it may be recovering from a crash and goes on`,
    {
      code: 'embedded.slow_start',
      retryable: true,
      hint: 'Start again later: the server found then is adopted.',
    },
  )
}
