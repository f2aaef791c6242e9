import { expect, it } from 'vitest'
import { createUpkeep } from '../../../src/daemon/queue/upkeep.ts'
import { OperationalError } from '../../../src/errors.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
import { policyOf } from '../policy.ts'

it('does not say that rescuing works again while it only waits for the database', async () => {
  const clock = fakeClock()
  const logger = fakeLogger()
  const policy = policyOf().queue
  const database = { up: true, lastError: null, settled: () => {} }
  let isAway = true
  const { rescue } = createUpkeep({
    queue: {
      ...fakeTaskQueue(clock),
      async rescueExpired() {
        if (isAway) throw new OperationalError('no answer', { code: 'db.unreachable', retryable: true })
        return []
      },
    },
    policy,
    database,
    ledger: fakeLedger(clock),
    clock,
    logger,
  })
  const said = () => logger.lines.map(({ message }) => message)
  rescue.start()
  await clock.advance(0)
  database.up = false
  await clock.advance(3 * policy.leaseMs)
  expect(said()).toEqual(['rescuing expired leases failed: no answer'])
  database.up = true
  isAway = false
  await clock.advance(2 * policy.leaseMs)
  expect(said().at(-1)).toBe('rescuing expired leases works again')
  await rescue.stop()
})
