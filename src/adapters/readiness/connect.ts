import { createConnection } from 'node:net'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { PortTarget } from '../../ports/readiness-probe.ts'

/** What people call the usual refusals. */
const words: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
}

/** One TCP connection, closed as soon as it stands. Null, or why there is none. */
export function connect(
  clock: Clock,
  { host, port }: PortTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('not asked any more')
    const socket = createConnection({ host, port })
    const settle = (answer: string | null): void => {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(answer)
    }
    const onAbort = (): void => settle('not asked any more')
    const timer = clock.after(timeoutMs, () => settle(`no answer within ${timeoutMs} ms`), {
      background: true,
    })
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => settle(null))
    // Stays on: what comes after the first error must not become an unheard one.
    socket.on('error', (error) => settle(reasonOf(error)))
  })
}

function reasonOf(error: Error & { code?: string }): string {
  return words[error.code ?? ''] ?? messageOf(error)
}
