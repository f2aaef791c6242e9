import type { QueuePolicy } from '../../config/policy.ts'
import type { ClusterDuties, Led } from '../../ports/cluster-duties.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { QueueUpkeep } from '../../ports/task-queue.ts'
import type { Duty } from '../duty.ts'
import { recordRescued } from '../queue/upkeep.ts'
import type { TriggerWatch } from '../queue/trigger-watch.ts'
import type { ReconciliationStep } from './reconciliation.ts'

type Pass = Pick<Duty, 'runNow'>

export interface ReconciliationParts {
  queue: Pick<QueueUpkeep, 'makeReady'>
  duties: Pick<ClusterDuties, 'rescueStuck' | 'markSilentOffline'>
  store: Pick<CycleStore, 'recount'>
  triggers: Pass & Pick<TriggerWatch, 'complaint'>
  /** Expired leases. */
  rescue: Pass
  /** Leases of dead workers. */
  deaths: Pass
  heartbeats: Pass
  /** The tasks' events on their way into this node's ledger. */
  projection: Pass
  deadLetters: Pass
  positions: Pass
  policy: Pick<QueuePolicy, 'stuckAfterMs' | 'offlineAfterMs'>
  ledger: Ledger
  logger: Logger
}

/**
 * What `trigger_reconciliation` looks over, in this order: first whether changes are seen at all, then tasks that lie where they
 * should not, then workers, then what this node has copied of it.
 */
export function reconciliationSteps(parts: ReconciliationParts): ReconciliationStep[] {
  const { queue, duties, store, policy } = parts
  const pass = (name: string, duty: Pass): ReconciliationStep => ({
    name,
    async run() {
      await duty.runNow()
      return null
    },
  })
  return [
    {
      name: 'triggers',
      async run() {
        await parts.triggers.runNow()
        return parts.triggers.complaint
      },
    },
    {
      name: 'due tasks',
      async run() {
        const { ready } = await queue.makeReady()
        return ready === 0 ? null : `${ready} made ready`
      },
    },
    pass('expired leases', parts.rescue),
    pass('leases of dead workers', parts.deaths),
    {
      name: 'stuck tasks',
      async run(mandate) {
        const rescued = led(await duties.rescueStuck(mandate, policy.stuckAfterMs)) ?? []
        await recordRescued(parts, rescued, 'was stuck', actorOf(mandate))
        return rescued.length === 0 ? null : `${rescued.length} came back`
      },
    },
    {
      name: 'silent Jrs',
      async run(mandate) {
        const silent = led(await duties.markSilentOffline(mandate, policy.offlineAfterMs)) ?? []
        return silent.length === 0 ? null : `${silent.slice(0, namedMax).join(', ')} marked offline`
      },
    },
    pass('heartbeats', parts.heartbeats),
    {
      name: 'counts',
      async run(mandate) {
        const counted = led(await store.recount(mandate))
        if (counted === null || counted.mended === 0)
          return counted?.tooMany === true ? 'too many to count anew' : null
        return `${counted.mended} tasks were counted wrong, and are counted right now`
      },
    },
    pass('events', parts.projection),
    pass('dead letters', parts.deadLetters),
    pass('positions', parts.positions),
  ]
}

const namedMax = 5

function led<T>(answer: Led<T>): T | null {
  return answer.led ? answer.result : null
}

const actorOf = ({ nodeId }: Mandate): string => `leader:${nodeId}`
