import { beforeEach, describe, expect, it } from 'vitest'
import { createHealthNews, type TellHealth } from '../../../src/daemon/cycle/health-news.ts'
import type { HealthStatus } from '../../../src/domain/cycle/health.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** What the queue remembers, whoever leads. */
let kept: { told: HealthStatus | null; isAway: boolean; reads: number }
beforeEach(() => {
  kept = { told: null, isAway: false, reads: 0 }
})

interface Node {
  look(term: number, status: HealthStatus): Promise<void>
  told(): string[]
}

function aNode(): Node {
  const ledger: FakeLedger = fakeLedger(fakeClock())
  const away = (): void => {
    if (kept.isAway) throw new Error('the database is away')
  }
  const tell: TellHealth = createHealthNews({
    store: {
      async readHealthTold() {
        away()
        kept.reads += 1
        return kept.told
      },
      async keepHealthTold(_, status) {
        away()
        kept.told = status
        return { led: true, result: undefined }
      },
    },
    ledger,
    logger: fakeLogger(),
  })
  return {
    look: (term, status) =>
      tell({ nodeId: nodeId('n'), epoch: 1, term }, { score: 50, status, deductions: [] }),
    told: () =>
      ledger.entries.map(
        ({ eventType, data }) => `${JSON.stringify(data?.['from'])} → ${eventType.split('.').at(-1)}`,
      ),
  }
}

describe('the fleet’s health', () => {
  it('is told when it changes, and asks the queue once a reign', async () => {
    const one = aNode()
    for (const status of ['healthy', 'critical', 'critical', 'degraded', 'healthy'] as const)
      await one.look(1, status)
    expect(one.told()).toEqual(['"healthy" → critical', '"critical" → degraded', '"degraded" → healthy'])
    expect(kept).toMatchObject({ told: 'healthy', reads: 1 })
  })

  it('that is critical when its leader dies is told to be over by the next one', async () => {
    await aNode().look(1, 'critical')
    const next = aNode()
    await next.look(2, 'healthy')
    await next.look(2, 'healthy')
    expect(next.told()).toEqual(['"critical" → healthy'])
    expect(kept.told).toBe('healthy')
  })

  it('that stays critical is told again by the next leader, for nobody knows what arrived; what is less is not', async () => {
    await aNode().look(1, 'critical')
    const next = aNode()
    await next.look(2, 'critical')
    await next.look(2, 'critical')
    expect(next.told()).toEqual(['"critical" → critical'])
    await next.look(2, 'degraded')
    const last = aNode()
    await last.look(3, 'degraded')
    expect(last.told()).toEqual([])
  })

  it('is told again by nobody who told it before, as when it comes to lead once more', async () => {
    const one = aNode()
    await one.look(1, 'critical')
    await one.look(2, 'critical')
    expect(one.told()).toEqual(['"healthy" → critical'])
  })

  it('is told whether or not that can be kept', async () => {
    kept.isAway = true
    const one = aNode()
    await one.look(1, 'critical')
    await one.look(1, 'healthy')
    expect(one.told()).toEqual(['"healthy" → critical', '"critical" → healthy'])
  })
})
