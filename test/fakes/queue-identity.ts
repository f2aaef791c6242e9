import type { QueueIdentity } from '../../src/ports/queue-identity.ts'

export interface FakeQueueIdentity extends QueueIdentity {
  id: string
  newestEventId: number | null
}

/** A queue that can become another, or be set back. */
export function fakeQueueIdentity(queue?: { readonly failure: Error | null }): FakeQueueIdentity {
  const identity: FakeQueueIdentity = {
    id: 'aaaaaaaa-0000-4000-8000-000000000000',
    newestEventId: null,
    async read() {
      if (queue?.failure) throw queue.failure
      return { id: identity.id, newestEventId: identity.newestEventId }
    },
  }
  return identity
}
