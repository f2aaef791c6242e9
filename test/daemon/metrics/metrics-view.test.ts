import { expect, it } from 'vitest'
import { jrName } from '../../../src/domain/ids.ts'
import { workerView } from '../../api/daemon-services.ts'
import { taskLetter } from '../../contract-suites/dead-letter-book.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { metricsOf } from '../../fakes/metrics-view.ts'

const figures = {
  durations: { p50: 1, p95: 2, p99: 3, avgDurationMs: 2 },
  successes: 8,
  failures: 1,
  restartsOfDay: 2,
  lastEndedAt: 5,
  score: { total: 90, success: 55, latency: 25, calm: 10 },
}

it('has the shape that dashboards of such fleets read', () => {
  const book = fakeDeadLetterBook()
  book.keep(Array.from({ length: 25 }, (_, index) => taskLetter(index + 1)))
  const view = metricsOf([workerView({ restarts: 4 })], figures, book)
  expect(view.system).toMatchObject({
    executionQueueSize: 3,
    deadLetterQueueSize: 25,
    executionWaits: { p50: 5 },
    memory: { heapUsedMB: 40, heapTotalMB: 60, heapPercent: 1, rssMB: 90, fleetMB: 50, fleetBudgetMB: 200 },
  })
  expect(view.metrics).toEqual({ a_jr: figures.durations })
  expect(view.agents).toMatchObject([
    { name: 'a_jr', priority: 3, dependencyDepth: 0, state: 'running', p50: 1, p95: 2, p99: 3, restarts: 4 },
  ])
  expect(view.deadLetterQueue).toHaveLength(20)
  expect(view.deadLetterQueue[0]).toMatchObject({
    restartCount: expect.any(Number),
    executionData: { kind: 'task' },
  })
})

it('is one line for a worker of many instances, as good as its best', () => {
  const others = { name: jrName('a_jr'), rssBytes: 2 ** 20 }
  const view = metricsOf([workerView({ ...others, state: 'backoff' }), workerView({ ...others, slot: 2 })])
  expect(view.agents[0]).toMatchObject({ state: 'running', instances: 2, running: 1, memoryMB: 2, p50: null })
  expect(view.metrics).toEqual({})
})
