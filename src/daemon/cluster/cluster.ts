import type { WorkerDefinition } from '../../config/policy.ts'
import type { ClusterView } from '../../contract/views.ts'
import { jrName } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { JrAcceptance } from '../../ports/nodes.ts'
import type { Notice } from '../../ports/notifier.ts'
import { createAssignment } from './assignment.ts'
import { readCluster } from './cluster-view.ts'
import type { DaemonDeps } from '../daemon-deps.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import type { Duty } from '../duty.ts'
import { createLeader } from './leader.ts'
import type { LeaderDutyDeps } from './leader-duty.ts'
import { createMembership } from './membership.ts'
import { createRetention } from './retention.ts'
import { createSweep } from './sweep.ts'

/** This node's part in the fleet: it is there, it may lead, and while it leads it does what one does for all (spec §16). */
export interface Cluster {
  readonly duties: readonly Duty[]
  start(): void
  noticed(notice: Notice): void
  /** Other workers are configured now. */
  redefine(workers: readonly WorkerDefinition[]): void
  view(): Promise<ClusterView>
  /** What is wrong with this node's place in the fleet, in plain words; null: nothing. */
  complaint(): string | null
  /** Whether this node leads, as far as it knows. */
  leads(): boolean
  /** Leads no more; another node takes over at once. */
  stop(): Promise<void>
  /** Says goodbye to the others, as the last thing. */
  leave(): Promise<void>
}

export type ClusterDeps = Pick<
  DaemonDeps,
  'policy' | 'nodeId' | 'version' | 'cluster' | 'notifier' | 'clock' | 'ledger' | 'logger'
>

/** @param more duties that the leader has beside the queue's */
export function createCluster(
  deps: ClusterDeps,
  database: DatabaseWatch,
  more: (led: LeaderDutyDeps) => readonly Duty[] = () => [],
): Cluster {
  const { policy, clock, ledger, logger } = deps
  const { nodes, leadership, duties, hostname } = deps.cluster
  let { workers } = policy
  const membership = createMembership({
    nodes,
    card: { nodeId: deps.nodeId, host: hostname, version: deps.version },
    acceptances: () => acceptancesOf(workers),
    database,
    clock,
    logger,
    joined: () => leader.wake(),
  })
  const leader = createLeader({
    leadership,
    member: () => membership.member,
    listening: () => deps.notifier.listening,
    database,
    ledger,
    clock,
    logger,
    gained() {
      for (const duty of ledDuties) duty.wake()
    },
  })
  const led = { leader, database, clock, logger, duties }
  const assignment = createAssignment({ ...led, offlineAfterMs: policy.queue.offlineAfterMs })
  const { sweep, fold } = createSweep({ ...led, policy: policy.queue, ledger })
  const retention = createRetention({ ...led, policy: policy.retention, ledger })
  const ledDuties = [assignment, sweep, fold, ...retention, ...more(led)]
  const allDuties = [membership, leader, ...ledDuties]

  return {
    duties: allDuties,
    start() {
      for (const duty of allDuties) duty.start()
    },
    noticed(notice) {
      if (notice.kind === 'work' && notice.jrName === null) assignment.wake()
      if (notice.kind === 'leader' || notice.kind === 'connected') leader.wake()
      if (notice.kind === 'connected') assignment.wake()
    },
    redefine(next) {
      workers = [...next]
      membership.redeclare()
    },
    leads: () => leader.mandate() !== null,
    view: () => readCluster(deps.cluster, policy.queue.offlineAfterMs),
    complaint: () => membership.complaint,
    async stop() {
      await Promise.all(ledDuties.map((duty) => duty.stop()))
      await leader.stop()
      // A lease that nobody gave up runs out by itself.
      await leader.resign().catch((error: unknown) => {
        logger.warn({}, `the leader's lease could not be given up and runs out: ${messageOf(error)}`)
      })
    },
    async leave() {
      await membership.stop()
      await membership.leave().catch((error: unknown) => {
        logger.warn({}, `this node could not say goodbye to the others: ${messageOf(error)}`)
      })
    },
  }
}

function acceptancesOf(workers: readonly WorkerDefinition[]): JrAcceptance[] {
  return workers.flatMap(({ name, accepts }) => (accepts === null ? [] : [{ jrName: jrName(name), accepts }]))
}
