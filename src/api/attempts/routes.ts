import { apiVersion } from '../../contract/views.ts'
import type { KeyedAttempt } from '../../ports/attempt-keys.ts'
import type { FailVerdict, WriteVerdict } from '../../ports/task-queue.ts'
import type { Caller } from '../caller.ts'
import type { Handlers } from '../handlers.ts'
import { createClaimer } from './claim.ts'
import type { Presence } from './presence.ts'
import type { AttemptServices } from './services.ts'
import { shownAttempt, staleAttempt, type ShownAttempt } from './shown-attempt.ts'

type AttemptHandlers = Pick<
  Handlers,
  'claimAttempts' | 'renewAttempt' | 'progressAttempt' | 'completeAttempt' | 'failAttempt' | 'releaseAttempt'
>

/** The lease API (spec §2, §3): what a worker does with the queue, for programs that speak no SQL. */
export function createAttemptHandlers(services: AttemptServices, presence: Presence): AttemptHandlers {
  const { queue, clock } = services
  const claim = createClaimer(services, presence)

  const attemptOf = (caller: Caller) => shownAttempt(services.keys, presence, caller)

  /** An attempt's last word. One that is repeated because its answer was lost is as good as the first; null then. */
  async function settle<Verdict extends WriteVerdict | FailVerdict>(
    attempt: ShownAttempt,
    writing: Promise<Verdict>,
  ): Promise<Accepted<Verdict> | null> {
    const verdict = await writing
    presence.ended(attempt.lease.instanceId, attempt.keyHash)
    return !verdict.accepted && verdict.reason === 'recorded' ? null : accepted(attempt, verdict)
  }

  return {
    claimAttempts: (input, _, caller) => claim(input, caller.gone),

    async renewAttempt({ leaseMs }, _, caller) {
      const attempt = await attemptOf(caller)
      const newLeaseMs = leaseMs ?? attempt.leaseMs
      const [wallMs, monotonicMs] = [clock.wallMs(), clock.monotonicMs()]
      const [lost] = await queue.renew([attempt.lease], newLeaseMs)
      if (lost) throw staleAttempt(attempt, lost.reason)
      presence.began(attempt.lease.instanceId, attempt.keyHash, monotonicMs + newLeaseMs)
      return { apiVersion, leaseMs: newLeaseMs, leaseExpiresAt: wallMs + newLeaseMs }
    },
    async progressAttempt({ percent, note }, _, caller) {
      const attempt = await attemptOf(caller)
      accepted(attempt, await queue.progress(attempt.lease, percent, note ?? null))
      return { apiVersion, accepted: true }
    },
    async completeAttempt({ result }, _, caller) {
      const attempt = await attemptOf(caller)
      const verdict = await settle(attempt, queue.complete(attempt.lease, result))
      return { apiVersion, accepted: true, repeated: verdict === null }
    },
    async failAttempt({ result, ...failure }, _, caller) {
      const more = result === undefined ? {} : { result }
      const attempt = await attemptOf(caller)
      const verdict = await settle(attempt, queue.fail(attempt.lease, { ...failure, ...more }))
      const status = verdict?.status ?? (attempt.outcome === 'retry' ? 'retry' : 'failed')
      const retryAt = verdict?.status === 'retry' ? verdict.retryAt : null
      const repeated = verdict === null
      return { apiVersion, accepted: true, repeated, status, attempt: attempt.attempt, retryAt }
    },
    async releaseAttempt({ reason }, _, caller) {
      const attempt = await attemptOf(caller)
      const verdict = await settle(attempt, queue.release(attempt.lease, reason))
      return { apiVersion, accepted: true, repeated: verdict === null }
    },
  }
}

type Accepted<Verdict> = Extract<Verdict, { accepted: true }>

function accepted<Verdict extends WriteVerdict | FailVerdict>(
  attempt: KeyedAttempt,
  verdict: Verdict,
): Accepted<Verdict> {
  if (!verdict.accepted) throw staleAttempt(attempt, verdict.reason)
  return verdict as Accepted<Verdict>
}
