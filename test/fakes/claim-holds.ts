import { nodeId } from '../../src/domain/ids.ts'
import type { ClaimHolds } from '../../src/ports/claim-holds.ts'

export interface FakeClaimHolds extends ClaimHolds {
  /** What was asked, oldest first: a reason, or null for a resumption. */
  readonly asked: readonly (string | null)[]
  /** Thrown from now on; null: all is well. */
  failure: Error | null
}

/** Remembers what it was asked. */
export function fakeClaimHolds(): FakeClaimHolds {
  const asked: (string | null)[] = []
  const fake: FakeClaimHolds = {
    asked,
    failure: null,
    async holdClaims(_, reason) {
      if (fake.failure !== null) throw fake.failure
      asked.push(reason)
    },
    async resumeClaims() {
      if (fake.failure !== null) throw fake.failure
      asked.push(null)
    },
    async held() {
      const reason = asked.at(-1) ?? null
      return reason === null ? [] : [{ nodeId: nodeId('node'), reason }]
    },
  }
  return fake
}
