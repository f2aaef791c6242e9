import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { JrAcceptance, Member, NodeCard, Nodes } from '../../ports/nodes.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'

/** This node's row among the nodes of the fleet: there while the daemon runs. */
export interface Membership extends Duty {
  /** Null until the database has taken it in. */
  readonly member: Member | null
  /** That another daemon is this node too, in plain words; null: none is. */
  readonly complaint: string | null
  /** What the Jrs accept has changed. */
  redeclare(): void
  /** After `stop`: says goodbye. */
  leave(): Promise<void>
}

/** Three missed beats are a silent node; one is one small write. */
const beatEveryMs = 10_000

export function createMembership(deps: {
  nodes: Nodes
  card: NodeCard
  acceptances(): readonly JrAcceptance[]
  database: DatabaseWatch
  clock: Clock
  logger: Logger
  joined(): void
}): Membership {
  const { nodes, card } = deps
  const logger = deps.logger.child({ part: 'cluster' })
  let member: Member | null = null
  let isDeclared = false
  let complaint: string | null = null

  async function run(): Promise<void> {
    if (member === null) {
      member = await nodes.join(card)
      logger.info({ node: card.nodeId, epoch: member.epoch }, `joined the fleet as ${card.nodeId}`)
      deps.joined()
    } else tellDisplaced(!(await nodes.beat(member, card)))
    if (isDeclared) return
    isDeclared = true
    try {
      await nodes.declare(member, deps.acceptances())
    } catch (error) {
      isDeclared = false
      throw error
    }
  }

  /** Two state directories with one node id: a copied machine. The later start counts; this one only works. */
  function tellDisplaced(now: boolean): void {
    const words = `another daemon has started as node ${card.nodeId}; this one leads no more. Was the state directory copied?`
    if (now && complaint === null) logger.error({ node: card.nodeId }, words)
    complaint = now ? words : null
  }

  const duty = createDuty(
    {
      name: 'telling the fleet that this node is there',
      everyMs: beatEveryMs,
      minGapMs: 100,
      run,
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger },
  )

  return {
    ...duty,
    get member() {
      return member
    },
    get complaint() {
      return complaint
    },
    redeclare() {
      isDeclared = false
      duty.wake()
    },
    async leave() {
      if (member !== null) await nodes.leave(member)
    },
  }
}
