import { expect, it } from 'vitest'
import { createLeaderDuty } from '../../../src/daemon/cluster/leader-duty.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

it('does not take it for a success that the node leads no more', async () => {
  const clock = fakeClock()
  const logger = fakeLogger()
  const settled: unknown[] = []
  const leading: Mandate = { nodeId: nodeId('a'), term: 1, epoch: 1 }
  let mandate: Mandate | null = leading
  let isAway = true
  const duty = createLeaderDuty(
    {
      name: 'adding up',
      everyMs: 10_000,
      minGapMs: 100,
      async run() {
        if (isAway) throw new Error('the database is away')
      },
    },
    {
      leader: { mandate: () => mandate, accepted: () => null },
      database: { up: true, lastError: null, settled: (error) => void settled.push(error) },
      clock,
      logger,
    },
  )
  const said = () => logger.lines.map(({ message }) => message)
  duty.start()
  await clock.advance(0)
  mandate = null
  await clock.advance(60_000)
  expect(said()).toEqual(['adding up failed: the database is away'])
  expect(settled).toHaveLength(1)
  mandate = leading
  isAway = false
  await clock.advance(10_000)
  expect(said().at(-1)).toBe('adding up works again')
  expect(settled.at(-1)).toBeNull()
  await duty.stop()
})
