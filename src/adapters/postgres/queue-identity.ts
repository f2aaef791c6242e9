import type { QueueIdentity } from '../../ports/queue-identity.ts'
import type { Database } from './connect.ts'
import { readIdentity } from './sql/read-identity.ts'

export function createQueueIdentity(db: Database): QueueIdentity {
  return { read: () => readIdentity(db) }
}
