import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { end } from '../gateway/child.ts'

/** A relay in a process of its own. */
export async function startBareBus(
  folder: string,
): Promise<{ socket: string; pid: number; stop(): Promise<void> }> {
  const socket = join(folder, 'bare-bus.sock')
  const child = fork(new URL('bare-bus-process.ts', import.meta.url), [socket])
  await once(child, 'message')
  return { socket, pid: child.pid ?? 0, stop: () => end(child) }
}
