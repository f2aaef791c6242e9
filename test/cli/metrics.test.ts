import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { run } from '../../src/cli/metrics.ts'
import type { MetricsView } from '../../src/contract/metrics.ts'
import type { LedgerEntry } from '../../src/domain/ledger-event.ts'
import type { NightReport } from '../../src/domain/night-report.ts'
import { jrName } from '../../src/domain/ids.ts'
import { workerView } from '../api/daemon-services.ts'
import { metricsOf } from '../fakes/metrics-view.ts'
import { fakeCli } from './fake-cli.ts'

const figures = {
  durations: { p50: 1_500, p95: 61_000, p99: 120_000, avgDurationMs: 2_000 },
  successes: 81,
  failures: 2,
  restartsOfDay: 1,
  lastEndedAt: 5,
  score: { total: 91.5, success: 55, latency: 25, calm: 11.5 },
}

function clientOf(metrics: MetricsView, entries: Partial<LedgerEntry>[] = []): ApiClient {
  const answers = { metrics: () => metrics, readLedger: () => ({ apiVersion: 1, entries }) }
  const client = {
    where: '/nowhere',
    call: async (name: keyof typeof answers) => answers[name](),
    events: async () => {},
  }
  return client as unknown as ApiClient
}

async function output(args: string[], client: ApiClient, json = false): Promise<string> {
  const cli = fakeCli({ args, client, json, columns: 80 })
  expect(await run(cli)).toBe(0)
  return cli.out + cli.err
}

describe('jrctl metrics', () => {
  it('tells of the bus once somebody uses it', async () => {
    const unused = { subscribers: 0, responders: 0, waiting: 0, published: 9, delivered: 0, missed: 0 }
    const none = { ...unused, requests: 0, answered: 0, cached: 0, timeouts: 0 }
    expect(await output([], clientOf({ ...metricsOf([]), bus: none }))).not.toContain('Bus')
    const used = { ...none, subscribers: 1, delivered: 1234, missed: 5, requests: 2, timeouts: 1 }
    expect(await output([], clientOf({ ...metricsOf([]), bus: used }))).toContain(
      'Bus  1 listener · 0 responders · 1,234 delivered · 5 missed · 2 requests · 1 out of time',
    )
  })

  it('is a table for people, within 80 columns', async () => {
    const named = workerView({ name: jrName('A worker with quite a long name indeed Jr.') })
    const text = await output([], clientOf(metricsOf([named], figures)))
    expect(text).toContain('heap 40 of 4000 MB (1 %) · daemon 90 MB · workers 50 of 200 MB (25 %)')
    expect(text).toContain('3 runs waiting')
    expect(text).toMatch(/A worker with.*running +91\.5 +81 +2 +1 s +1 min +2 min/)
    const [, , , ...table] = text.split('\n')
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('shows dashes for who has done nothing', async () => {
    expect(await output([], clientOf(metricsOf([workerView()])))).toMatch(/a_jr +running +– +0 +0 +– +– +–/)
  })

  it('hands on the shape as JSON', async () => {
    const view = metricsOf([workerView()], figures)
    expect(JSON.parse(await output([], clientOf(view), true))).toEqual(view)
  })

  it('cleans names', async () => {
    const hostile = workerView({ name: jrName('a\u001B[31mjr') })
    expect(await output([], clientOf(metricsOf([hostile])))).not.toContain('\u001B[31m')
  })
})

describe('jrctl metrics --nightly', () => {
  const report: NightReport = {
    due: Date.UTC(2026, 0, 1),
    durationMs: 320,
    workers: [
      {
        name: 'a_jr',
        successes: 81,
        failures: 2,
        restartsOfDay: 1,
        score: figures.score,
        p50: 1,
        p95: 61_000,
        p99: 3,
        avgDurationMs: 2,
      },
    ],
    proposals: [{ name: 'a_jr', from: 3, to: 2, reason: 'a score of 97, at least 95, earns it a step up' }],
    applied: 0,
    pruned: { queueRows: 520, ledgerEntries: 3 },
    state: { sizeBefore: 3 * 2 ** 20, sizeAfter: 2 * 2 ** 20, free: 0 },
    queue: { renewed: ['jr_work_queue'], skipped: [{ table: 'jr_status', reason: 'must be owner' }] },
    problems: ['the ledger: state disk full'],
  }

  it('says all that the night found', async () => {
    const entry = { data: report as unknown as NonNullable<LedgerEntry['data']> }
    const text = await output(['--nightly'], clientOf(metricsOf([]), [entry]))
    for (const part of [
      'took 320 ms',
      '520 rows of the queue',
      '2.0 MiB, 1.0 MiB given back',
      'statistics of 1 table renewed; not of jr_status: must be owner',
      'the ledger: state disk full',
      'a_jr: 3 → 2, a score of 97',
    ])
      expect(text).toContain(part)
    expect(text).toMatch(/a_jr +91\.5 +55\.0 +25\.0 +11\.5 +81 +2 +1 min +1/)
  })

  it('says when there was none yet', async () => {
    expect(await output(['--nightly'], clientOf(metricsOf([])))).toContain('No night has been worked yet')
    expect(JSON.parse(await output(['--nightly'], clientOf(metricsOf([])), true))).toMatchObject({
      report: null,
    })
  })
})
