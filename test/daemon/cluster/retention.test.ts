import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RetentionPolicy } from '../../../src/config/policy.ts'
import { createRetention } from '../../../src/daemon/cluster/retention.ts'
import type { Duty } from '../../../src/daemon/duty.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { Led, Pruned } from '../../../src/ports/cluster-duties.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const mandate = { nodeId: nodeId('a'), epoch: 1, term: 1 }

interface Row {
  id: number
  /** It is old enough, and over. */
  over: boolean
  young: boolean
}

const referred = new OperationalError('another table refers to it', { code: 'db.failed', retryable: false })

let clock: FakeClock
let ledger: FakeLedger
let duty: Duty | undefined
let blocked: number[]
let rows: Row[]
/** Of each statement: after which id, and at what time. */
let looks: { afterId: number; atMs: number }[]
let leads: boolean

beforeEach(() => {
  clock = fakeClock()
  ledger = fakeLedger(clock)
  rows = []
  looks = []
  leads = true
  blocked = []
  duty = undefined
})
afterEach(async () => {
  const stopped = duty?.stop()
  await clock.advance(5_000)
  await stopped
  expect(clock.pending).toBe(0)
})

function start(policy: Partial<RetentionPolicy> = { finishedTasksMs: 30 * dayMs }): void {
  const [made] = createRetention({
    duties: {
      pruneTasks: async (_, { finishedMs }, afterId, limit) => prune(afterId, limit, finishedMs === null),
      pruneEvents: async (_, __, afterId, limit) => prune(afterId, limit),
    },
    policy: { finishedTasksMs: null, deadLettersMs: null, eventsMs: null, ...policy },
    leader: {
      mandate: () => (leads ? mandate : null),
      accepted: (_, done) => (done.led ? done.result : null),
    },
    database: { up: true, lastError: null, settled() {} },
    ledger,
    clock,
    logger: fakeLogger(),
  })
  duty = made
  duty?.start()
}

function prune(afterId: number, limit: number, onlyLooks = false): Led<Pruned> {
  looks.push({ afterId, atMs: clock.monotonicMs() })
  const page = rows.filter(({ id }) => id > afterId).slice(0, limit)
  const isGone = ({ over }: Row) => over && !onlyLooks
  const kept = page.filter((row) => !isGone(row))
  const gone = new Set(page.filter(isGone))
  if ([...gone].some(({ id }) => blocked.includes(id))) throw referred
  if (gone.size > 0) rows = rows.filter((row) => !gone.has(row))
  const result = {
    deleted: page.length - kept.length,
    seen: page.length,
    lastId: page.at(-1)?.id ?? null,
    firstKeptId: kept[0]?.id ?? null,
    isYoung: page.every(({ young }) => young),
  }
  return { led: true, result }
}

function fill(count: number, row: Partial<Omit<Row, 'id'>>): void {
  const last = rows.at(-1)?.id ?? 0
  for (let n = 1; n <= count; n += 1) rows.push({ id: last + n, over: false, young: false, ...row })
}

describe('retention', () => {
  it('deletes what is over from the oldest on, stops at the young, and writes it down', async () => {
    fill(1_200, { over: true })
    fill(5_000, { young: true })
    start()
    await clock.advance(60_000)
    expect(rows).toHaveLength(5_000)
    // Three pages hold something old, the last of them and the next one something young.
    expect(looks.length).toBeLessThanOrEqual(4)
    expect(ledger.entries).toMatchObject([
      { eventType: 'retention.pruned', actor: 'retention', message: 'retention deleted 1200 finished tasks' },
    ])
  })

  it('looks at no more because more is kept', async () => {
    fill(100, { over: true })
    fill(100_000, { young: true })
    start()
    await clock.advance(24 * hourMs)
    // A page or two an hour.
    expect(looks.length).toBeLessThanOrEqual(50)
  })

  it('works off a backlog in small pieces with pauses', async () => {
    fill(20_000, { over: true })
    start()
    await clock.advance(30_000)
    expect(rows).toEqual([])
    const gaps = looks.slice(1).map(({ atMs }, index) => atMs - (looks[index]?.atMs ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100)
    for (const { atMs } of looks) {
      expect(
        looks.filter((other) => other.atMs >= atMs && other.atMs < atMs + 5_000).length,
      ).toBeLessThanOrEqual(20)
    }
  })

  it('comes back after an hour to what was kept because it was not over, and begins there', async () => {
    fill(700, { over: true })
    fill(10, {})
    fill(5, { young: true })
    start()
    await clock.advance(60_000)
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 15 }, (_, index) => 701 + index))
    const before = looks.length
    for (const row of rows.slice(0, 10)) row.over = true
    await clock.advance(hourMs / 2)
    expect(looks.length).toBe(before)
    await clock.advance(hourMs)
    expect(looks[before]?.afterId).toBe(700)
    expect(rows).toHaveLength(5)
  })

  it('passes what cannot be deleted, with a few beside it', async () => {
    fill(1_200, { over: true })
    fill(5, { young: true })
    blocked = [250, 900]
    start()
    await clock.advance(hourMs / 2)
    expect(rows.filter(({ over }) => over).length).toBeLessThanOrEqual(40)
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([250, 900, 1_201]))
    blocked = []
    await clock.advance(hourMs)
    expect(rows).toHaveLength(5)
  })

  it('does nothing that is off, nothing while another leads', async () => {
    fill(10, { over: true })
    start({})
    await clock.advance(hourMs)
    expect(looks).toEqual([])
    await duty?.stop()
    leads = false
    start()
    await clock.advance(hourMs)
    expect(looks).toEqual([])
    leads = true
    duty?.wake()
    await clock.advance(1_000)
    expect(rows).toEqual([])
  })
})
