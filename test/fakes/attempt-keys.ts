import type { AttemptKeys } from '../../src/ports/attempt-keys.ts'
import type { Claimed, ClaimRequest } from '../../src/ports/task-queue.ts'
import type { FakeTaskQueue } from './task-queue.ts'

/** Knows the keys of what is claimed from now on: listens in on the queue's claims. */
export function fakeAttemptKeys(queue: FakeTaskQueue): AttemptKeys {
  const claims = new Map<string, { claimed: Claimed; leaseMs: number }>()
  const claim = queue.claim.bind(queue)
  queue.claim = async (request: ClaimRequest) => {
    const all = await claim(request)
    for (const claimed of all) claims.set(claimed.keyHash, { claimed, leaseMs: request.leaseMs })
    return all
  }
  return {
    async find({ taskId, keyHash }) {
      await Promise.resolve()
      if (queue.failure !== null) throw queue.failure
      const known = claims.get(keyHash)
      if (known === undefined) return null
      const { claimed, leaseMs } = known
      const { lease, jrName, attempt } = claimed
      const row = queue.attemptsOf(lease.taskId).find(({ fence }) => fence === lease.fence)
      const outcome = row?.outcome ?? null
      const isOther = taskId === null ? outcome !== null : taskId !== lease.taskId
      return isOther ? null : { lease, jrName, attempt, leaseMs, outcome }
    },
  }
}
