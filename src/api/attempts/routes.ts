import { hash } from 'node:crypto'
import { apiVersion } from '../../contract/views.ts'
import { parseAttemptKey } from '../../domain/attempt-key.ts'
import type { KeyedAttempt } from '../../ports/attempt-keys.ts'
import type { FailVerdict, StaleReason, WriteVerdict } from '../../ports/task-queue.ts'
import type { Caller } from '../caller.ts'
import type { Handlers } from '../handlers.ts'
import { Refusal } from '../refusal.ts'
import { createClaimer } from './claim.ts'
import type { Presence } from './presence.ts'
import type { AttemptServices } from './services.ts'

type AttemptHandlers = Pick<
  Handlers,
  'claimAttempts' | 'renewAttempt' | 'progressAttempt' | 'completeAttempt' | 'failAttempt' | 'releaseAttempt'
>

/** The lease API (spec §2, §3): what a worker does with the queue, for programs that speak no SQL. */
export function createAttemptHandlers(services: AttemptServices, presence: Presence): AttemptHandlers {
  const { queue, clock } = services
  const claim = createClaimer(services, presence)

  /** The caller's attempt. It lives, whatever becomes of what it asks. */
  async function attemptOf(caller: Caller): Promise<KeyedAttempt & { keyHash: string }> {
    const key = caller.bearer === null ? undefined : parseAttemptKey(caller.bearer)
    if (key === undefined) throw unknownKey(caller.bearer === null)
    const keyHash = hash('sha256', key.secret, 'hex')
    const found = await services.keys.find({ taskId: key.taskId, keyHash })
    if (found === null) throw unknownKey(false)
    if (found.outcome === null) await presence.seen(found.lease.instanceId, found.jrName)
    return { ...found, keyHash }
  }

  /** An attempt's last word. One that is repeated because its answer was lost is as good as the first; null then. */
  async function settle<Verdict extends WriteVerdict | FailVerdict>(
    attempt: KeyedAttempt & { keyHash: string },
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
      if (lost) throw stale(attempt, lost.reason)
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
  if (!verdict.accepted) throw stale(attempt, verdict.reason)
  return verdict as Accepted<Verdict>
}

function unknownKey(isMissing: boolean): Refusal {
  return new Refusal(
    401,
    'attempt.key_unknown',
    isMissing ? 'This needs an attempt key' : 'No attempt has this key',
    'Send the key that /v1/attempts/claim gave with the attempt: Authorization: Bearer KEY',
  )
}

const staleWords: Record<StaleReason, string> = {
  expired: 'its lease expired, and the task goes to somebody else',
  cancelled: 'the task was cancelled',
  foreign: 'another program ended it',
  superseded: 'somebody else has the task since',
  recorded: 'it has ended already',
  unknown: 'it is not known any more',
}

function stale({ lease, attempt, outcome }: KeyedAttempt, reason: StaleReason): Refusal {
  const had = outcome === 'completed' || outcome === 'failed' || outcome === 'retry' || outcome === 'released'
  const why = had ? `it has ended already: ${outcome}` : staleWords[reason]
  return new Refusal(
    409,
    `attempt.${reason}`,
    `Attempt ${attempt} of task ${lease.taskId} is not yours any more: ${why}`,
    'Stop working on it; nothing more is taken from it.',
  )
}
