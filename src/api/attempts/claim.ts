import { hash } from 'node:crypto'
import type { Parsed } from '../../contract/inputs.ts'
import type { ClaimedView, ClaimsView } from '../../contract/outputs.ts'
import { apiLimits } from '../../contract/routes.ts'
import { apiVersion } from '../../contract/views.ts'
import { attemptKeyText } from '../../domain/attempt-key.ts'
import { jrName, type InstanceId, type JrName } from '../../domain/ids.ts'
import { documentOf } from '../../domain/task-document.ts'
import type { Claimed } from '../../ports/task-queue.ts'
import { Refusal } from '../refusal.ts'
import type { ServiceChange } from '../services.ts'
import { createBell } from './bell.ts'
import type { Presence } from './presence.ts'
import type { AttemptServices } from './services.ts'

type ClaimInput = Parsed<'claimAttempts'>

interface Taken {
  claimed: Claimed
  view: ClaimedView
}

/** A notice may be lost; whoever waits looks again this often all the same. */
const lookEveryMs = 5_000
const deafLookEveryMs = 1_000

/** Claims, and with `waitMs` waits for something to claim: woken by notices, one claim under way a caller. */
export function createClaimer(
  services: AttemptServices,
  presence: Presence,
): (input: ClaimInput, gone: AbortSignal) => Promise<ClaimsView> {
  let waiting = 0

  async function claimNow(input: ClaimInput, instance: InstanceId): Promise<Taken[]> {
    refuseWhileHeld(services)
    const { queue, random, clock } = services
    const leaseMs = input.leaseMs ?? services.leaseMs
    const secrets = new Map(
      Array.from({ length: input.count }, () => {
        const secret = random.hex(32)
        return [hash('sha256', secret, 'hex'), secret] as const
      }),
    )
    const [wallMs, monotonicMs] = [clock.wallMs(), clock.monotonicMs()]
    const claimed = await queue.claim({
      jrNames: [jrName(input.jr)],
      acceptUnassigned: input.acceptUnassigned,
      instanceId: instance,
      nodeId: services.nodeId,
      leaseMs,
      keyHashes: [...secrets.keys()],
    })
    return claimed.map((one) => {
      presence.began(instance, one.keyHash, monotonicMs + leaseMs)
      const secret = secrets.get(one.keyHash) ?? ''
      return { claimed: one, view: claimedView(one, secret, { leaseMs, leaseExpiresAt: wallMs + leaseMs }) }
    })
  }

  async function claimOrWait(input: ClaimInput, instance: InstanceId, gone: AbortSignal): Promise<Taken[]> {
    const { clock } = services
    const untilMs = clock.monotonicMs() + input.waitMs
    const bell = createBell(clock)
    // Before the first look, so that nothing slips in between.
    const leave = services.subscribe((change) => concerns(change, input) && bell.ring())
    try {
      for (;;) {
        const taken = await claimNow(input, instance)
        const leftMs = untilMs - clock.monotonicMs()
        if (taken.length > 0 || leftMs <= 0 || gone.aborted) return taken
        const lookMs = services.listening() ? lookEveryMs : deafLookEveryMs
        await bell.wait(Math.min(leftMs, lookMs), gone)
        if (gone.aborted) return []
      }
    } finally {
      leave()
    }
  }

  /** Nobody will ever see their keys. */
  async function giveBack(claimed: readonly Claimed[]): Promise<void> {
    for (const { lease, keyHash } of claimed) {
      await services.queue.release(lease, 'its worker left before it got the answer')
      presence.ended(lease.instanceId, keyHash)
    }
  }

  return async (input, gone) => {
    if (waiting >= apiLimits.waitingClaims)
      throw new Refusal(
        503,
        'attempts.full',
        `${waiting} claims are waiting already`,
        'Ask again in a second.',
      )
    waiting += 1
    const instance = presence.instanceOf(input.worker)
    const settled = presence.claims(instance)
    try {
      await presence.seen(instance, jrName(input.jr))
      const taken = await claimOrWait(input, instance, gone)
      if (!gone.aborted) return { apiVersion, attempts: taken.map(({ view }) => view) }
      await giveBack(taken.map(({ claimed }) => claimed))
      return { apiVersion, attempts: [] }
    } finally {
      settled()
      waiting -= 1
    }
  }
}

function refuseWhileHeld(services: AttemptServices): void {
  const held = services.held()
  if (held !== null)
    throw new Refusal(503, 'attempts.held', `Nothing is claimed here now: ${held}`, 'Ask again later.')
}

/** Whether it is worth looking again. A notice without a name is for anybody, or for a name too long to tell. */
function concerns(change: ServiceChange, { jr }: { jr: string }): boolean {
  if (change.kind === 'connected') return true
  return change.kind === 'work' && (change.jrName === null || change.jrName === (jr as JrName))
}

function claimedView(
  { task, jrName: jr, attempt }: Claimed,
  secret: string,
  lease: Pick<ClaimedView, 'leaseMs' | 'leaseExpiresAt'>,
): ClaimedView {
  return {
    key: attemptKeyText(task.id, secret),
    jr,
    attempt,
    ...lease,
    task: documentOf({ task, jrName: jr, attempt }),
  }
}
