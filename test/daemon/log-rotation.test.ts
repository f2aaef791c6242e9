import { beforeEach, describe, expect, it } from 'vitest'
import { type WorkerLog, createLogRotation } from '../../src/daemon/log-rotation.ts'
import type { NewLedgerEntry } from '../../src/domain/ledger-event.ts'
import { OperationalError } from '../../src/errors.ts'
import { type FakeClock, fakeClock } from '../fakes/clock.ts'
import { type FakeLogRotator, fakeLogRotator } from '../fakes/log-rotator.ts'
import { type FakeLogger, fakeLogger } from '../fakes/logger.ts'

const limits = { rotateSizeBytes: 1000, rotateAgeMs: null, keep: 5, compress: true }

let clock: FakeClock
let rotator: FakeLogRotator
let logger: FakeLogger
let noted: NewLedgerEntry[]
let logs: WorkerLog[]
let tended: number
let others: string[]
beforeEach(() => {
  others = []
  clock = fakeClock()
  rotator = fakeLogRotator()
  logger = fakeLogger()
  noted = []
  logs = [{ path: '/a.log', worker: 'a_jr', living: true }]
  tended = 0
})

async function started() {
  const duty = createLogRotation({
    rotator,
    own: { path: '/own.log', tend: async () => void (tended += 1) },
    others,
    logs: () => logs,
    limits,
    ledger: { note: (entry) => void noted.push(entry) },
    clock,
    logger,
  })
  duty.start()
  await clock.advance(0)
  return duty
}

const said = () => logger.lines.map(({ level, message }) => `${level} ${message}`)
const found = (liveBytes: number | null) => ({ liveBytes, cutOff: [], deleted: [] })

it("looks at its own log and the workers', in turn", async () => {
  const duty = await started()
  expect([rotator.looked, tended]).toEqual([['/own.log', '/a.log'], 1])
  logs = []
  await clock.advance(10_000)
  expect(rotator.looked).toEqual(['/own.log', '/a.log', '/own.log'])
  await duty.stop()
  expect(clock.pending).toBe(0)
})

it("looks at the embedded database's log too, as soon as that is there", async () => {
  others = ['/postgres.log']
  rotator.answers.set('/postgres.log', found(null))
  const duty = await started()
  expect(rotator.looked).toEqual(['/own.log', '/postgres.log', '/a.log'])
  expect(duty.complaint()).toBeNull()
  await duty.stop()
})

it('looks sooner at a log that fills fast, but not all the time', async () => {
  const duty = await started()
  rotator.answers.set('/a.log', found(500))
  await clock.advance(10_000)
  rotator.answers.set('/a.log', found(990))
  const before = rotator.looked.length
  // 500 bytes in 10 s: the other 500 are expected after as long, so it looks after half of that.
  await clock.advance(5_000)
  expect(rotator.looked.length).toBe(before + 2)
  await clock.advance(1_000)
  expect(rotator.looked.length - before).toBeLessThanOrEqual(2 + 4 * 2)
  expect(rotator.looked.length - before).toBeGreaterThan(2)
  await duty.stop()
})

it('tells what it cut off and deleted', async () => {
  rotator.answers.set('/a.log', { liveBytes: 1, cutOff: ['a.log.2'], deleted: ['a.log.1'] })
  const duty = await started()
  expect(said()).toEqual(['info Rotated /a.log into a.log.2; deleted, being more than 5: a.log.1'])
  await duty.stop()
})

describe('trouble with one log', () => {
  const full = new OperationalError('no room', { code: 'logs.disk_full', retryable: true, hint: 'free some' })

  it('is told once, tried again ever more seldom, and its end is told', async () => {
    rotator.answers.set('/a.log', full)
    const duty = await started()
    await clock.advance(3_600_000)
    expect(said()).toEqual(['warn no room; free some'])
    const tries = rotator.looked.filter((path) => path === '/a.log').length
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(15)
    expect(duty.complaint()).toBe('no room; free some')
    rotator.answers.set('/a.log', found(1))
    await clock.advance(600_000)
    expect(duty.complaint()).toBeNull()
    expect(said().slice(1)).toEqual(['info the log /a.log can be rotated again'])
    expect(noted.map(({ eventType }) => eventType)).toEqual([
      'logs.rotation_failed',
      'logs.rotation_recovered',
    ])
    await duty.stop()
  })

  it('keeps no other from being rotated', async () => {
    logs = ['/a.log', '/b.log'].map((path) => ({ path, worker: 'x', living: true }))
    rotator.answers.set('/own.log', new Error('odd'))
    rotator.answers.set('/a.log', full)
    const duty = await started()
    expect(rotator.looked).toEqual(['/own.log', '/a.log', '/b.log'])
    expect(said()).toEqual(['warn odd', 'warn no room; free some'])
    expect(duty.complaint()).toBe('odd (2 logs in all)')
    await duty.stop()
  })

  it('a log that was removed under its writer is told, one that nobody writes to is not', async () => {
    rotator.answers.set('/a.log', found(null))
    rotator.answers.set('/b.log', found(null))
    logs.push({ path: '/b.log', worker: 'b_jr', living: false })
    const duty = await started()
    expect(said()).toEqual([
      'warn the log /a.log was removed while a_jr writes to it; what it writes cannot be seen until a restart makes a new file: jrctl workers restart "a_jr"',
    ])
    await duty.stop()
  })
})
