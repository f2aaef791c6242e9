import { describe, expect, it } from 'vitest'
import { createClaimHold } from '../../../src/daemon/queue/claim-hold.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import { fakeClaimHolds } from '../../fakes/claim-holds.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeStateHealth } from '../../fakes/state-health.ts'

const full = { kind: 'full', reason: 'state disk full' } as const

async function setUp() {
  const clock = fakeClock()
  const ledger = fakeLedger(clock)
  const health = fakeStateHealth()
  const holds = fakeClaimHolds()
  const hold = createClaimHold({
    holds,
    nodeId: nodeId('node-1'),
    health,
    ledger,
    database: { up: true, lastError: null, settled() {} },
    clock,
    logger: fakeLogger(),
  })
  hold.start()
  await clock.advance(0)
  return { clock, ledger, health, holds, hold }
}

const types = (ledger: ReturnType<typeof fakeLedger>) => ledger.entries.map(({ eventType }) => eventType)

describe('the hold of claims', () => {
  it('takes back at the start what an earlier daemon may have left, and then rests', async () => {
    const { clock, holds, hold } = await setUp()
    expect(holds.asked).toEqual([null])
    await clock.advance(3_600_000)
    expect(holds.asked).toEqual([null])
    await hold.stop()
    expect(clock.pending).toBe(0)
  })

  it('holds at once when the disk is full, renews, and lets go at once when there is room', async () => {
    const { clock, ledger, health, holds, hold } = await setUp()
    await clock.advance(5_000)
    health.become(full)
    await clock.advance(0)
    expect(holds.asked).toEqual([null, 'state disk full'])
    await clock.advance(30_000)
    expect(holds.asked).toHaveLength(5)
    health.become({ kind: 'sound' })
    await clock.advance(1_000)
    expect(holds.asked.slice(5)).toEqual([null])
    expect(types(ledger)).toEqual(['state.disk_filled', 'state.recovered'])
    await hold.stop()
  })

  it('holds again when the database has come back', async () => {
    const { clock, health, holds, hold } = await setUp()
    holds.failure = new OperationalError('away', { code: 'db.unreachable', retryable: true })
    health.become({ kind: 'low', reason: 'nearly full' })
    await clock.advance(10_000)
    expect(holds.asked).toEqual([null])
    holds.failure = null
    await clock.advance(60_000)
    expect(holds.asked).toContain('nearly full')
    await hold.stop()
  })

  it('lets claims go on when only the log is pinned, and says nothing to a ledger that failed', async () => {
    const { clock, ledger, health, holds, hold } = await setUp()
    health.become({ kind: 'pinned', reason: 'an open read' })
    health.become({
      kind: 'failed',
      error: new OperationalError('gone', { code: 'state.unsynced', retryable: false }),
    })
    await clock.advance(20_000)
    expect(holds.asked).toEqual([null])
    expect(types(ledger)).toEqual(['state.pinned'])
    await hold.stop()
  })
})
