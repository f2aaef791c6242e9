import type { Lease } from '../domain/task.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { AttemptQueue, LostLease } from '../ports/task-queue.ts'
import type { OutageLog } from './outage-log.ts'
import { outageDelayMs } from './outage-delay.ts'

export interface LeaseKeeperOptions {
  queue: Pick<AttemptQueue, 'renew'>
  clock: Clock
  random: Random
  outage: OutageLog
  leaseMs: number
  renewIntervalMs: number
  /** All leases to be kept, now. */
  held(): readonly Lease[]
  onLost(lost: LostLease): void
}

export interface LeaseKeeper {
  start(): void
  /** Asks at once: also how a notice that an attempt was ended is checked, for it may speak of an earlier attempt. */
  renewNow(): void
  /** Settles when no renewal is under way any more. */
  stop(): Promise<void>
}

/** Renews all leases in one call every `renewIntervalMs`; sooner again while the database does not answer. */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { clock, outage } = options
  let timer: Timer | undefined
  let renewing: Promise<void> | undefined
  let again = false
  let failures = 0
  let stopped = false

  const arm = (delayMs: number): void => {
    timer?.cancel()
    if (!stopped) timer = clock.after(delayMs, renewNow)
  }

  const renew = async (): Promise<void> => {
    const leases = options.held()
    if (leases.length === 0) return arm(options.renewIntervalMs)
    try {
      const lost = await options.queue.renew(leases, options.leaseMs)
      failures = 0
      outage.succeeded()
      for (const lease of lost) options.onLost(lease)
      arm(options.renewIntervalMs)
    } catch (error) {
      outage.failed('renew', error)
      arm(Math.min(options.renewIntervalMs, outageDelayMs(failures++, options.random)))
    }
  }

  const renewNow = (): void => {
    if (stopped) return
    if (renewing !== undefined) {
      again = true
      return
    }
    again = false
    renewing = renew().finally(() => {
      renewing = undefined
      if (again) renewNow()
    })
  }

  return {
    start: () => arm(options.renewIntervalMs),
    renewNow,
    async stop() {
      stopped = true
      timer?.cancel()
      await renewing
    },
  }
}
