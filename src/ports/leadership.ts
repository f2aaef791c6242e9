import type { NodeId } from '../domain/ids.ts'
import type { Member } from './nodes.ts'

/**
 * Who does the fleet's common duties: the holder of a lease row, by the database's clock. No advisory locks: they belong to a
 * session, which poolers share and half-open connections keep.
 */
export interface Leadership {
  /**
   * Takes the lease when nobody holds it, prolongs it when the candidate does; else answers who holds it. A member whose
   * place was taken by a later start never leads.
   */
  campaign(candidate: Member, leaseMs: number): Promise<Campaign>
  /** Gives the lease up at once and tells the others. Nothing happens when it is no longer held. */
  resign(mandate: Mandate): Promise<void>
  /** Who leads, or null. */
  leader(): Promise<LeaderView | null>
}

/**
 * The right to the fleet's duties. The term is one more with each reign, also when the same node comes back or lets its
 * lease lapse; each write of a duty proves it in its own statement.
 */
export interface Mandate extends Member {
  /** From 1. */
  term: number
}

export type Campaign =
  | { kind: 'leading'; mandate: Mandate }
  /** `leader`: null when nobody holds it, which this candidate may not either. */
  | { kind: 'following'; leader: NodeId | null; expiresInMs: number }

export interface LeaderView extends Mandate {
  expiresInMs: number
  /** Epoch milliseconds. */
  since: number
}
