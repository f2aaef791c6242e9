import type { NodeId } from '../domain/ids.ts'

/** Keeps a node's workers from taking new work, wherever they run; what they have they finish. */
export interface ClaimHolds {
  /** For `forMs` from now by the database's clock, so that a node that died holding is not held for ever. */
  holdClaims(nodeId: NodeId, reason: string, forMs: number): Promise<void>
  /** Lets them claim again and wakes those who wait for work. Idempotent. */
  resumeClaims(nodeId: NodeId): Promise<void>
  /** The nodes that are held now, by name. */
  held(): Promise<HeldNode[]>
}

export interface HeldNode {
  nodeId: NodeId
  reason: string
}
