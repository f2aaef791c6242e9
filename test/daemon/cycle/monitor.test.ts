import { expect, it } from 'vitest'
import { createMonitor, type MonitorDeps } from '../../../src/daemon/cycle/monitor.ts'
import { periodsMs } from '../../../src/domain/cycle/rules/periods.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import type { WindowView } from '../../../src/domain/cycle/windows.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import type { CycleSight } from '../../../src/ports/cycle-store.ts'
import { emptySections } from '../../support/cycle-sections.ts'

const takenAt = Date.UTC(2026, 5, 1, 18)

function sightOf(more: Partial<CycleSight['sections']> = {}): CycleSight {
  return {
    sections: { ...emptySections(takenAt), ...more },
    switch: null,
    rests: {},
    unmeasured: [],
    openIntents: 0,
  }
}

function monitor(more: Partial<MonitorDeps> = {}) {
  return createMonitor({
    store: { look: () => Promise.resolve(sightOf()) },
    nodeId: nodeId('node-a'),
    question: () => ({ offlineAfterMs: 300_000, periodsMs }),
    windows: () => [],
    ledgerErrors: () => 0,
    workers: () => [],
    failuresInARow: () => 0,
    capacity: () => ({ mode: 'lend', unit: 'request', waiting: 0, inFlight: 0, ratePerMinute: 100 }),
    positions: () => 0,
    daemon: () => ({ uptimeMs: 1, rssBytes: 2, heapPercent: 3, degraded: [] }),
    ...more,
  })
}

const closed: WindowView = {
  channel: 'instagram',
  isOpen: false,
  strict: false,
  opensAt: takenAt + 1,
  closesAt: null,
  closingSoon: false,
}

it('puts together what the database answered and what the node knows', async () => {
  const { jobs } = emptySections()
  const { snapshot } = await monitor({
    store: {
      look: () =>
        Promise.resolve(
          sightOf({ jobs: { ...jobs, waiting: 60, oldestWaitingMs: 5, failures1h: 1 }, onlineJrs: 2 }),
        ),
    },
    ledgerErrors: () => 3,
    workers: () => [{ state: 'running' }, { state: 'backoff' }, { state: 'running' }] as WorkerView[],
    positions: () => 4,
  })()
  expect(snapshot).toMatchObject({
    version: 1,
    takenAt,
    nodeId: 'node-a',
    ledger: { errors1h: 3 },
    workers: { byState: { running: 2, backoff: 1, stopped: 0 }, onlineJrs: 2 },
    capacity: { mode: 'lend', unit: 'request', positions: 4, ratePerMinute: 100 },
    system: { score: 55, status: 'degraded', uptimeMs: 1, rssBytes: 2, heapPercent: 3 },
  })
  expect(snapshot.system.deductions.map(({ kind }) => kind)).toEqual([
    'queue_saturated',
    'failures',
    'ledger_errors',
  ])
})

it('judges windows by the clock of the database', async () => {
  const asked: number[] = []
  const { snapshot } = await monitor({
    windows(nowMs) {
      asked.push(nowMs)
      return [
        closed,
        { ...closed, channel: 'tiktok', isOpen: true, closesAt: takenAt + 9e6 },
        { ...closed, channel: 'youtube', isOpen: true, closesAt: takenAt + 9, closingSoon: true },
      ]
    },
  })()
  expect(asked).toEqual([takenAt])
  expect(snapshot.scheduler).toMatchObject({ open: ['tiktok', 'youtube'], closingSoon: ['youtube'] })
  expect(snapshot.scheduler.windows).toHaveLength(3)
})

it('is plain JSON', async () => {
  const { snapshot } = await monitor()()
  expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
})

it('fails with what the look failed with', async () => {
  await expect(monitor({ store: { look: () => Promise.reject(new Error('away')) } })()).rejects.toThrow(
    'away',
  )
})
