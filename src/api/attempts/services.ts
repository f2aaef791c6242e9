import type { InstanceId, NodeId } from '../../domain/ids.ts'
import type { AttemptKeys } from '../../ports/attempt-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { AttemptQueue } from '../../ports/task-queue.ts'
import type { ServiceChange } from '../services.ts'

/** What the attempt routes need of the daemon. */
export interface AttemptServices {
  queue: Pick<
    AttemptQueue,
    'claim' | 'renew' | 'progress' | 'complete' | 'fail' | 'release' | 'beat' | 'retire'
  >
  keys: AttemptKeys
  nodeId: NodeId
  /** The daemon's own. */
  pid: number
  /** For who asks for none. */
  leaseMs: number
  clock: Clock
  random: Random
  /** False: no notice will come, so waiting claims look again sooner. */
  listening(): boolean
  /** Why nothing may be claimed here now; null: it may. */
  held(): string | null
  /** Whether this is an instance that the daemon supervises. */
  supervises(instance: InstanceId): boolean
  subscribe(listener: (change: ServiceChange) => void): () => void
}
