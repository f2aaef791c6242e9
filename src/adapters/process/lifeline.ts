import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { lifelineFd } from './shim.ts'

/**
 * Calls `onEnd` once when the shim has let go of its end of the pipe, which it does by ending. Null when there is no pipe to
 * listen on (another kind of shell, no right to look into the process): then only a look at /proc tells.
 * Opening a pipe through /proc/PID/fd opens it anew, so each daemon gets a reading end of its own.
 */
export function openLifeline(pid: number, onEnd: () => void): { close(): void } | null {
  const fd = openPipe(`/proc/${pid}/fd/${lifelineFd}`)
  if (fd === null) return null
  // A Socket, not a ReadStream: that one fails with EAGAIN on a pipe without data.
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.once('end', onEnd)
  // An error ends the listening; the caller's poll goes on.
  socket.on('error', () => {})
  socket.resume()
  socket.unref()
  return { close: () => socket.destroy() }
}

function openPipe(path: string): number | null {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return null
  }
  if (fstatSync(fd).isFIFO()) return fd
  closeSync(fd)
  return null
}
