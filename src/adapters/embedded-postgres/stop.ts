import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { isAlive } from './postmaster.ts'

/** How the server ended: by a fast shutdown, or without its last checkpoint, so that the next start recovers. */
export type StopVerdict = 'clean' | 'forced'

const pollMs = 10
/** A fast shutdown ends with a checkpoint, which on a slow disk takes its time. */
const fastWithinMs = 30_000
const immediateWithinMs = 5_000

/**
 * Ends a postmaster that is proven to be ours: SIGINT (fast: sessions are ended, a checkpoint is made), then SIGQUIT
 * (immediate), then SIGKILL. Throws OperationalError `embedded.unstoppable` when even that leaves it.
 */
export async function stopPostmaster(
  server: { pid: number; startTime: number },
  clock: Clock,
): Promise<StopVerdict> {
  const steps = [
    { signal: 'SIGINT', withinMs: fastWithinMs },
    { signal: 'SIGQUIT', withinMs: immediateWithinMs },
    { signal: 'SIGKILL', withinMs: immediateWithinMs },
  ] as const
  for (const { signal, withinMs } of steps) {
    if (!(await isAlive(server))) return signal === 'SIGINT' ? 'clean' : 'forced'
    send(server.pid, signal)
    if (await endsWithin(server, clock, withinMs)) return signal === 'SIGINT' ? 'clean' : 'forced'
  }
  throw new OperationalError(
    `The embedded PostgreSQL (pid ${server.pid}) does not end, not even by SIGKILL`,
    {
      code: 'embedded.unstoppable',
      retryable: true,
      hint: 'It waits for its disk: look at the mount of the state directory.',
    },
  )
}

/** It may end between our look and our signal. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function endsWithin(
  server: { pid: number; startTime: number },
  clock: Clock,
  withinMs: number,
): Promise<boolean> {
  const deadline = clock.monotonicMs() + withinMs
  while (await isAlive(server)) {
    if (clock.monotonicMs() > deadline) return false
    await clock.sleep(pollMs)
  }
  return true
}
