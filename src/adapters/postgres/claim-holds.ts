import type { ClaimHolds } from '../../ports/claim-holds.ts'
import type { Database } from './connect.ts'
import { heldNodes } from './sql/held-nodes.ts'
import { holdClaims } from './sql/hold-claims.ts'
import { resumeClaims } from './sql/resume-claims.ts'

/** A node's hold as two columns of its row in `jr_nodes`, which the claim looks at. */
export function createClaimHolds(db: Database): ClaimHolds {
  return {
    holdClaims: (nodeId, reason, forMs) => holdClaims(db, nodeId, reason, forMs),
    resumeClaims: (nodeId) => resumeClaims(db, nodeId),
    held: () => heldNodes(db),
  }
}
