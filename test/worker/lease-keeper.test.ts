import { expect, test } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import { fence, instanceId, taskId } from '../../src/domain/ids.ts'
import type { Lease } from '../../src/domain/task.ts'
import type { LostLease } from '../../src/ports/task-queue.ts'
import { createLeaseKeeper } from '../../src/worker/lease-keeper.ts'
import { createOutageLog } from '../../src/worker/outage-log.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'
import { fakeRandom } from '../fakes/random.ts'

const leases = [1, 2, 3].map((n) => ({ taskId: taskId(n), fence: fence(n), instanceId: instanceId('i') }))

function keeper(held: readonly Lease[]) {
  const clock = fakeClock()
  const calls: { at: number; count: number; leaseMs: number }[] = []
  const lost: LostLease[] = []
  const answer = { lost: [] as LostLease[], down: false }
  const kept = createLeaseKeeper({
    clock,
    random: fakeRandom(),
    outage: createOutageLog(fakeLogger()),
    leaseMs: 60_000,
    renewIntervalMs: 15_000,
    held: () => held,
    onLost: (one) => lost.push(one),
    queue: {
      renew: async (asked, leaseMs) => {
        calls.push({ at: clock.monotonicMs() - 1000, count: asked.length, leaseMs })
        if (answer.down) throw new OperationalError('away', { code: 'db.unreachable', retryable: true })
        return answer.lost
      },
    },
  })
  return { clock, calls, lost, answer, kept }
}

test('renews all leases in one call every interval', async () => {
  const { clock, calls, kept } = keeper(leases)
  kept.start()
  await clock.advance(45_000)
  expect(calls).toEqual([15_000, 30_000, 45_000].map((at) => ({ at, count: 3, leaseMs: 60_000 })))
  await kept.stop()
  expect(clock.pending).toBe(0)
})

test('asks nothing while nothing is held', async () => {
  const { clock, calls, kept } = keeper([])
  kept.start()
  await clock.advance(60_000)
  expect(calls).toEqual([])
  await kept.stop()
})

test('tries often enough in an outage to save the leases when it ends in time', async () => {
  const { clock, calls, answer, kept } = keeper(leases)
  kept.start()
  answer.down = true
  await clock.advance(45_000)
  const gaps = calls.slice(1).map(({ at }, n) => at - (calls[n]?.at ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5000)
  answer.down = false
  await clock.advance(5000)
  const last = calls.at(-1)?.at ?? 0
  await clock.advance(15_000)
  expect(calls.at(-1)?.at).toBe(last + 15_000)
  await kept.stop()
})

test('tells what is lost; a question during a question is asked after it', async () => {
  const { clock, calls, lost, answer, kept } = keeper(leases)
  answer.lost = [{ lease: leases[1] ?? expect.fail(), reason: 'cancelled' }]
  kept.start()
  kept.renewNow()
  kept.renewNow()
  kept.renewNow()
  await clock.advance(0)
  expect(calls).toHaveLength(2)
  expect(lost[0]).toEqual(answer.lost[0])
  await kept.stop()
  kept.renewNow()
  await clock.advance(60_000)
  expect(calls).toHaveLength(2)
})
