import type { QueueTriggers } from '../../src/ports/queue-triggers.ts'

export interface FakeQueueTriggers extends QueueTriggers {
  /** What does not fire. */
  names: string[]
}

/** Out of reach while the queue is. */
export function fakeQueueTriggers(queue: { readonly failure: Error | null }): FakeQueueTriggers {
  const triggers: FakeQueueTriggers = {
    names: [],
    async silent() {
      if (queue.failure !== null) throw queue.failure
      return triggers.names
    },
  }
  return triggers
}
