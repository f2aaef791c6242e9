import { createServiceManager } from '../adapters/systemd/service-manager.ts'
import { OperationalError } from '../errors.ts'
import type { Origin } from './origin.ts'
import { invocationIn } from './unit-invocation.ts'

/** Longer than a daemon needs that is set right soon. It is waited for here, because systemd gives up on units that fail often. */
const patienceMs = 10 * 60_000
const lookAgainMs = 2_000

/** What only a daemon that has once run can tell: the embedded database, the gateway's port. Who asks by hand is answered at once. */
export async function whenKnown<T>(look: () => Promise<T>, { process, clock }: Origin): Promise<T> {
  // A copy: what it takes out of the environment is the worker's to have.
  const env = { ...process.env }
  const manager = createServiceManager({ env, pid: process.pid, clock })
  const untilMs = clock.monotonicMs() + (invocationIn(env) === undefined ? 0 : patienceMs)
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof OperationalError) || !error.retryable || clock.monotonicMs() >= untilMs)
        throw error
      manager.tell({ status: `Waits: ${error.message}`, extendMs: 10 * lookAgainMs })
      await clock.sleep(lookAgainMs)
    }
  }
}
