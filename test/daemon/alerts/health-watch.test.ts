import { afterEach, describe, expect, it } from 'vitest'
import { createHealthWatch } from '../../../src/daemon/alerts/health-watch.ts'
import { createHealthNews } from '../../../src/daemon/cycle/health-news.ts'
import type { Duty } from '../../../src/daemon/duty.ts'
import type { Health } from '../../../src/domain/cycle/health.ts'
import type { Snapshot } from '../../../src/domain/cycle/snapshot.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const minute = 60_000
const well: Health = { score: 100, status: 'healthy', deductions: [] }
const ill: Health = {
  score: 45,
  status: 'critical',
  deductions: [{ kind: 'ledger_errors', points: 55, reason: '11 errors' }],
}

function setUp() {
  const clock = fakeClock()
  const ledger = fakeLedger(clock)
  const now = { health: well, enabled: false, leads: true, looks: 0 }
  const logger = fakeLogger()
  const store = { readHealthTold: async () => null, keepHealthTold: async () => ({ led: false }) as const }
  const duty = createHealthWatch({
    cycle: {
      tellHealth: createHealthNews({ store, ledger, logger }),
      line: () => ({ enabled: now.enabled }),
      async look() {
        now.looks += 1
        return { system: now.health as Snapshot['system'] }
      },
    },
    leader: {
      mandate: () => (now.leads ? { nodeId: nodeId('n-1'), epoch: 1, term: 1 } : null),
      accepted: (_, done) => (done.led ? done.result : null),
    },
    database: { up: true, lastError: null, settled() {} },
    clock,
    logger,
  })
  duty.start()
  return { clock, ledger, now, duty }
}

describe('the fleet’s health, while the cycle is off', () => {
  let duty: Duty | undefined
  afterEach(() => duty?.stop())

  it('is written down when its status changes', async () => {
    const on = setUp()
    duty = on.duty
    await on.clock.advance(3 * minute)
    expect(on.ledger.entries).toEqual([])
    on.now.health = ill
    await on.clock.advance(3 * minute)
    on.now.health = well
    await on.clock.advance(3 * minute)
    expect(on.ledger.entries.map(({ eventType, message }) => `${eventType}: ${message}`)).toEqual([
      'system.health.critical: system health is critical: 45 of 100 (−55: 11 errors)',
      'system.health.healthy: system health is healthy: 100 of 100',
    ])
  })

  it('is left to the cycle while that is on, and to the leader', async () => {
    const on = setUp()
    duty = on.duty
    await on.clock.advance(0)
    on.now.enabled = true
    await on.clock.advance(5 * minute)
    on.now.enabled = false
    on.now.leads = false
    await on.clock.advance(5 * minute)
    expect(on.now.looks).toBe(1)
  })
})
