import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { UpstreamReport } from './upstream-process.ts'

export interface UpstreamProcess {
  port: number
  /** Hears what becomes of requests that hang, until the returned function is called. */
  listen(hears: (report: UpstreamReport) => void): () => void
  stop(): Promise<void>
}

export async function startUpstream(): Promise<UpstreamProcess> {
  const child = forkHere('upstream-process.ts', [])
  const [first] = (await once(child, 'message')) as [UpstreamReport]
  if (first.kind !== 'listens') throw new Error('the upstream did not say where it listens')
  return {
    port: first.port,
    listen(hears) {
      child.on('message', hears)
      return () => child.off('message', hears)
    },
    stop: () => end(child),
  }
}

/** A module of this folder in a process of its own, with a channel to it. */
export function forkHere(file: string, args: readonly string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** A port that nobody has now; the next moment it is the contender's. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A daemon makes a database first, which takes its time on a busy machine. */
const startTries = 1200
const startGapMs = 50

/** Settles when somebody listens there: on a port, or a socket in the file system. */
export async function listening(at: number | string, child: ChildProcess): Promise<void> {
  const { open } = await import('./wire.ts')
  for (let tries = 0; tries < startTries; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it listened`)
    const socket = await open(at).catch(() => null)
    if (socket !== null) return void socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, startGapMs))
  }
  throw new Error(`nobody listens on ${at}`)
}

export async function rssKib(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
}
