import { expect, it } from 'vitest'
import { createDatabaseWatch } from '../../../src/daemon/queue/database-watch.ts'
import { OperationalError } from '../../../src/errors.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

it('an answer to what was asked before the database went away does not bring it back', async () => {
  const clock = fakeClock()
  const watch = createDatabaseWatch({
    ledger: fakeLedger(clock),
    logger: fakeLogger(),
    clock,
    target: 'here',
    lost: () => {},
  })
  const askedMs = clock.monotonicMs()
  await clock.advance(10)
  watch.settled(new OperationalError('gone', { code: 'db.unreachable', retryable: true }), askedMs)
  expect(watch.up).toBe(false)
  watch.settled(null, askedMs)
  expect(watch.up).toBe(false)
  await clock.advance(1)
  watch.settled(null, clock.monotonicMs())
  expect(watch.up).toBe(true)
})
