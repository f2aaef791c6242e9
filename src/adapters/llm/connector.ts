import type { Socket } from 'node:net'
import buildConnector from 'undici/lib/core/connect.js'

type Connect = ReturnType<typeof buildConnector>

export const connectorLimits = {
  /** Bytes of one read. An upstream whose answer nobody takes up is read no further than the one under way. */
  readBytes: 8 * 1024,
}

/**
 * All connections read into this one, and each keeps a copy of what it read: reading and copying are one step. By itself Node
 * takes 64 KiB for a read, and whatever piece of it somebody holds (a header, an event that a stalled client has not taken)
 * holds all of it.
 */
const readBuffer = Buffer.alloc(connectorLimits.readBytes)

/** Given to the stream as if it had read it itself; false: no more until it asks. */
function onRead(this: unknown, count: number): boolean {
  // Exact: a copy out of Buffer's pool would hold the 64 KiB of the pool.
  const bytes = Buffer.allocUnsafeSlow(count)
  readBuffer.copy(bytes, 0, 0, count)
  return (this as Socket).push(bytes)
}

/** Whether a connection's error is being told just now to all who listen to it. */
export interface Breaking {
  now: boolean
}

/**
 * How connections to an upstream are made. TLS certificates are verified: nothing here turns that off.
 * @param breaking kept up: undici takes a reset in the middle of an answer without a length (HTTP/1.0's way, or `connection: close`)
 *   for its end, as some servers on macOS end so; for us it is no whole answer
 */
export function connector(timeoutMs: number, breaking: Breaking): Connect {
  // Handed on to net.connect, though the types of undici do not say so: nothing is read ahead of what is asked for.
  const ofTheSocket = { highWaterMark: 1, onread: { buffer: readBuffer, callback: onRead } }
  const plain = buildConnector({ timeout: timeoutMs, ...ofTheSocket })
  // TLS has its own buffers, of a record each.
  const secure = buildConnector({ timeout: timeoutMs, allowH2: false })
  const onError = (): void => {
    breaking.now = true
    // The other listeners are called before the next microtask.
    queueMicrotask(() => {
      breaking.now = false
    })
  }
  return (options, callback) =>
    (options.protocol === 'https:' ? secure : plain)(options, (...outcome) => {
      // Before undici adds its own listeners, so that ours is called first.
      outcome[1]?.on('error', onError)
      callback(...outcome)
    })
}
