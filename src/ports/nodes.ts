import type { Acceptance } from '../domain/acceptance.ts'
import type { JrName, NodeId } from '../domain/ids.ts'

/** The machines of one fleet, each by its daemon. Times are the database's; every method may throw OperationalError. */
export interface Nodes {
  /** A daemon starts: its node's epoch goes up by one. */
  join(node: NodeCard): Promise<Member>
  /** It is still there. False: a later start under the same node id has taken its place. */
  beat(member: Member, node: NodeCard): Promise<boolean>
  /** Replaces what the Jrs of this node accept; one that is not named accepts every task. */
  declare(member: Member, statements: readonly JrAcceptance[]): Promise<void>
  /** A clean end. Nothing happens when a later start has taken its place. */
  leave(member: Member): Promise<void>
  /** Nodes seen within a month, by name. */
  list(): Promise<NodePresence[]>
}

/** What a node says of itself. */
export interface NodeCard {
  nodeId: NodeId
  host: string
  version: string
}

/** One start of a node's daemon. */
export interface Member {
  nodeId: NodeId
  /** From 1, one more each start. */
  epoch: number
}

export interface JrAcceptance {
  jrName: JrName
  accepts: Acceptance
}

export interface NodePresence extends Member {
  host: string
  version: string
  /** Epoch milliseconds. */
  startedAt: number
  lastSeenAgeMs: number
  /** It said goodbye. */
  ended: boolean
}
