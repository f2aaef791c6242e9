import type { NodeId } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Led } from '../../ports/cluster-duties.ts'
import type { Leadership, Mandate } from '../../ports/leadership.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Member } from '../../ports/nodes.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'

/** Whether this node leads, kept up with the lease. */
export interface Leader extends Duty {
  /** Null when it does not lead, as far as it knows; the database knows better, and is asked with every write. */
  mandate(): Mandate | null
  /** What a write under the mandate answered; null when it was refused, upon which this node leads no more. */
  accepted<Result>(mandate: Mandate, done: Led<Result>): Result | null
  /** Gives the lease up, so that another node takes it at once. After `stop`. */
  resign(): Promise<void>
}

/** A dead leader is followed within this and a moment; spec §16 allows 15 s. */
export const leaseMs = 12_000
/** Two renewals may be lost, and a third come late, before the lease is. */
const renewEveryMs = leaseMs / 3
/** Without notifications nobody tells of a resignation, which is to be seen within a second. */
const pollEveryMs = 900
const minGapMs = 100

export function createLeader(deps: {
  leadership: Leadership
  /** Null while this node has not joined. */
  member(): Member | null
  listening(): boolean
  database: DatabaseWatch
  ledger: Ledger
  clock: Clock
  logger: Logger
  /** Told when a reign begins: the duties wait for it. */
  gained(): void
}): Leader {
  const { leadership, clock, ledger } = deps
  const logger = deps.logger.child({ part: 'cluster' })
  let held: { mandate: Mandate; untilMs: number } | null = null

  async function run(): Promise<number> {
    const member = deps.member()
    if (member === null) return pollEveryMs
    const askedMs = clock.monotonicMs()
    try {
      const answer = await leadership.campaign(member, leaseMs)
      if (answer.kind === 'leading') {
        // From before the question: the lease began at the latest when it was asked for.
        hold(answer.mandate, askedMs + leaseMs)
        return renewEveryMs
      }
      if (held !== null)
        lose(answer.leader === null ? 'its lease was taken away' : `${answer.leader} leads now`)
      return nextLookMs(answer)
    } catch (error) {
      if (held !== null && clock.monotonicMs() >= held.untilMs)
        lose(`it could not renew its lease: ${messageOf(error)}`)
      throw error
    }
  }

  /** A free lease that is denied to us is another's in a moment, or we are displaced: no hurry either way. */
  function nextLookMs({ leader, expiresInMs }: { leader: NodeId | null; expiresInMs: number }): number {
    const pollMs = deps.listening() ? renewEveryMs : pollEveryMs
    return leader === null ? pollMs : Math.min(pollMs, expiresInMs + 1)
  }

  function hold(mandate: Mandate, untilMs: number): void {
    const before = held?.mandate
    if (before !== undefined && before.term !== mandate.term) lose('its lease had lapsed')
    held = { mandate, untilMs }
    if (before?.term === mandate.term) return
    record('cluster.leader_gained', `${mandate.nodeId} leads the fleet`, mandate)
    deps.gained()
  }

  function lose(why: string): void {
    if (held === null) return
    const { mandate } = held
    held = null
    record('cluster.leader_lost', `${mandate.nodeId} leads no more: ${why}`, mandate)
  }

  function record(
    event: 'cluster.leader_gained' | 'cluster.leader_lost',
    message: string,
    mandate: Mandate,
  ): void {
    const { term, epoch, nodeId } = mandate
    logger.info({ term }, `${message} (term ${term})`)
    const data = { node: nodeId, epoch, term }
    ledger.note({ eventType: event, level: 'info', actor: 'daemon', message, data })
  }

  const duty = createDuty(
    {
      name: 'seeing who leads the fleet',
      everyMs: renewEveryMs,
      minGapMs,
      run,
      settled: (error, beganMs) => deps.member() !== null && deps.database.settled(error, beganMs),
    },
    { clock, logger },
  )

  return {
    ...duty,
    mandate: () => (held !== null && clock.monotonicMs() < held.untilMs ? held.mandate : null),
    accepted(mandate, done) {
      if (done.led) return done.result
      if (held?.mandate.term === mandate.term) lose('a write was refused, so its lease has ended')
      duty.wake()
      return null
    },
    async resign() {
      if (held === null) return
      const { mandate } = held
      lose('it stops')
      await leadership.resign(mandate)
    },
  }
}
