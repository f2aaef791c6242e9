import type { QueueTriggers } from '../../ports/queue-triggers.ts'
import type { Database } from './connect.ts'
import { readTriggers } from './trigger-state.ts'

export function createQueueTriggers(db: Database): QueueTriggers {
  return {
    async silent() {
      const { missing, disabled } = await readTriggers(db)
      return [...missing.map((name) => `${name} (missing)`), ...disabled.map((name) => `${name} (disabled)`)]
    },
  }
}
