import type { ChildProcess } from 'node:child_process'
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Account, spawnDetached } from './account.ts'
import { embeddedFailure } from './failure.ts'
import { type PostmasterFile, postmasterFilePath, readPostmasterFile } from './postmaster-file.ts'
import { bootId, livingProcess, servesFolder } from './process-table.ts'
import type { ServerRecord } from './record.ts'

/** A postmaster proven to be the one of our data folder. */
export interface Postmaster extends PostmasterFile {
  startTime: number
}

const pollMs = 10
/** Replaying the log after a crash takes long only after long crashes; until then the caller waits. */
const readyWithinMs = 60_000
/** Above the kernel's PID_MAX_LIMIT of 2^22. */
const impossiblePid = 2 ** 22 + 1
const logTailBytes = 16 * 1024

/**
 * The living postmaster of this data folder. A pid proves nothing by itself: it must be the process that we started (pid, start
 * time, boot), or else one that is called postgres, belongs to the data's owner and works in this very folder.
 */
export async function findPostmaster(
  dataDir: string,
  started: ServerRecord['process'],
): Promise<Postmaster | null> {
  const file = await readPostmasterFile(dataDir)
  const living = file === null ? null : await livingProcess(file.pid)
  if (file === null || living?.name !== 'postgres') return null
  const remembered = started?.pid === file.pid && started.bootId === (await bootId())
  const proven = remembered ? started.startTime === living.startTime : await servesFolder(file.pid, dataDir)
  return proven ? { ...file, startTime: living.startTime } : null
}

/**
 * Makes way for a new postmaster after a crash. PostgreSQL refuses to start when the pid in the old one's files is somebody
 * else's by now, which after a reboot is likely. The caller holds the start lock and has proven that no postmaster lives.
 * The data's file stays, under a pid that no process can have: from it PostgreSQL learns of backends that still live.
 */
export async function disarmLeftovers(dataDir: string, socketDir: string): Promise<void> {
  const path = postmasterFilePath(dataDir)
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text !== null) await writeFile(path, text.replace(/^\d+/, String(impossiblePid)))
  const sockets = (await readdir(socketDir)).filter((name) => name.startsWith('.s.PGSQL.'))
  for (const name of sockets) await rm(join(socketDir, name), { force: true })
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
    // No pid: the program could not be started, and the reason comes with the next turn of the event loop.
    return await untilReady(child.pid ?? impossiblePid, dataDir, clock, end)
  } catch (error) {
    if (!(error instanceof PostmasterEnded)) throw error
    throw embeddedFailure(`The embedded PostgreSQL ${error.message}`, await log.tail(), logFile)
  } finally {
    await log.close()
  }
}

/** Waits until a postmaster that somebody else started takes connections. Null when it ends instead. */
export async function untilTakesConnections(
  dataDir: string,
  pid: number,
  clock: Clock,
): Promise<Postmaster | null> {
  try {
    return await untilReady(pid, dataDir, clock, { how: null })
  } catch (error) {
    if (error instanceof PostmasterEnded) return null
    throw error
  }
}

/** Whether that very process still lives. */
export async function isAlive({ pid, startTime }: { pid: number; startTime: number }): Promise<boolean> {
  return (await livingProcess(pid))?.startTime === startTime
}

/** Watches its file: the server writes `ready` there when it takes connections, which is cheaper to ask than to connect. */
async function untilReady(pid: number, dataDir: string, clock: Clock, end: End): Promise<Postmaster> {
  const deadline = clock.monotonicMs() + readyWithinMs
  while (clock.monotonicMs() < deadline) {
    const living = await livingProcess(pid)
    if (living === null || end.how !== null) throw new PostmasterEnded(end.how ?? 'ended')
    const file = await readPostmasterFile(dataDir)
    if (file?.pid === pid && file.status === 'ready') return { ...file, startTime: living.startTime }
    await clock.sleep(pollMs)
  }
  throw slowStart()
}

interface End {
  /** Null while it has not ended. */
  how: string | null
}

class PostmasterEnded extends Error {}

function endOf(child: ChildProcess): End {
  const end: End = { how: null }
  child.once('error', (error) => (end.how = `could not be started: ${error.message}`))
  child.once('exit', (code, signal) => (end.how = `ended with ${signal ?? `exit code ${code}`}`))
  return end
}

async function openLog(
  path: string,
): Promise<{ descriptor: number; tail(): Promise<string>; close(): Promise<void> }> {
  // Appended to, by the server as well: the daemon rotates it under its writers.
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
