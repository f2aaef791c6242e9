import buildConnector from 'undici/lib/core/connect.js'

type Connect = ReturnType<typeof buildConnector>

export const connectorLimits = {
  /** What is read ahead of an upstream whose answer nobody takes up, beside what the kernel holds. */
  readAheadBytes: 16 * 1024,
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
  // Handed on to net.connect, though the types of undici do not say so.
  const ofTheSocket = { highWaterMark: connectorLimits.readAheadBytes }
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, ...ofTheSocket })
  const onError = (): void => {
    breaking.now = true
    // The other listeners are called before the next microtask.
    queueMicrotask(() => {
      breaking.now = false
    })
  }
  return (options, callback) =>
    connect(options, (...outcome) => {
      // Before undici adds its own listeners, so that ours is called first.
      outcome[1]?.on('error', onError)
      callback(...outcome)
    })
}
