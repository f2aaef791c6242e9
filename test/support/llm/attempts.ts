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
  /** From now on nobody is told whose key it is, until the release. */
  hold(): HeldKeys
}

export interface HeldKeys {
  /** Settles when somebody has asked. */
  asked: Promise<void>
  release(): void
}

export function testAttempts(): TestAttempts {
  const byHash = new Map<string, KeyedAttempt>()
  const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')
  let last = 0
  let held: { asked(): void; released: Promise<void> } | null = null
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
    hold() {
      const asked = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      held = { asked: asked.resolve, released: released.promise }
      return {
        asked: asked.promise,
        release() {
          held = null
          released.resolve()
        },
      }
    },
    async find({ taskId: of, keyHash }) {
      held?.asked()
      await held?.released
      const known = byHash.get(keyHash)
      return known === undefined || (of !== null && known.lease.taskId !== of) ? null : known
    },
  }
}
