import { createHash, randomBytes } from 'node:crypto'
import { attemptKeyText } from '../../../src/domain/attempt-key.ts'
import { fence, instanceId, jrName, taskId, type TaskId } from '../../../src/domain/ids.ts'
import type { AttemptKeys, KeyedAttempt } from '../../../src/ports/attempt-keys.ts'

/** A task's attempt, as `jrctl work` has it. */
export interface TestAttempt {
  taskId: TaskId
  key: string
}

/** Attempts without a queue: whose key is known, and which are over. */
export interface TestAttempts extends AttemptKeys {
  begin(): TestAttempt
  end(attempt: TestAttempt): void
}

export function testAttempts(): TestAttempts {
  const byHash = new Map<string, KeyedAttempt>()
  const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')
  let last = 0
  return {
    begin() {
      last += 1
      const id = taskId(last)
      const secret = randomBytes(32).toString('hex')
      byHash.set(hashOf(secret), {
        lease: { taskId: id, fence: fence(1), instanceId: instanceId('instance-1') },
        jrName: jrName('Test Jr.'),
        attempt: 1,
        leaseMs: 60_000,
        outcome: null,
      })
      return { taskId: id, key: attemptKeyText(id, secret) }
    },
    end(attempt) {
      for (const [hash, known] of byHash) {
        if (known.lease.taskId === attempt.taskId) byHash.set(hash, { ...known, outcome: 'completed' })
      }
    },
    async find({ taskId: of, keyHash }) {
      await Promise.resolve()
      const known = byHash.get(keyHash)
      return known === undefined || (of !== null && known.lease.taskId !== of) ? null : known
    },
  }
}
