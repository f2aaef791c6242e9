import { metricsView } from '../../src/daemon/metrics/metrics-view.ts'
import type { MetricsView } from '../../src/contract/metrics.ts'
import type { WorkerFigures } from '../../src/domain/metrics/worker-record.ts'
import type { WorkerView } from '../../src/domain/worker.ts'
import { fakeDeadLetterBook } from './dead-letter-book.ts'
import { fakeOwnMemory } from './own-memory.ts'

const mb = 2 ** 20

/** The answer of a daemon with these workers, each of which has the same figures. */
export function metricsOf(
  views: readonly WorkerView[],
  figures: WorkerFigures | null = null,
  book = fakeDeadLetterBook(),
): MetricsView {
  const own = { heapUsed: 40 * mb, heapTotal: 60 * mb, heapLimit: 4_000 * mb, rss: 90 * mb, external: 2 * mb }
  return metricsView({
    version: '1.2.3',
    uptimeMs: () => 90_000,
    metrics: { of: () => figures, names: () => views.map(({ name }) => name) },
    memory: () => ({
      own: { ...fakeOwnMemory().reading, ...own },
      heapPercent: 1,
      heapLevel: 'normal',
      fleetBytes: views.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0),
      budgetBytes: 200 * mb,
      fleetPercent: 25,
      fleetLevel: 'normal',
    }),
    views: () => [...views],
    agents: () =>
      views.map(({ name, department, priority }) => ({ name, department, priority, dependencyDepth: 0 })),
    runs: () => ({ waiting: 3, lastWaitsMs: [5, 1, 9] }),
    book,
  })
}
