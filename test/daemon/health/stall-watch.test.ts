import { beforeEach, expect, it } from 'vitest'
import { createStallWatch, type StallWatch } from '../../../src/daemon/health/stall-watch.ts'
import { type FakeClock, fakeClock } from '../../fakes/clock.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger, type FakeLogger } from '../../fakes/logger.ts'
import { fakeLoopDelay } from '../../fakes/loop-delay.ts'

let clock: FakeClock
let ledger: FakeLedger
let logger: FakeLogger
let loopDelay: ReturnType<typeof fakeLoopDelay>
let watch: StallWatch
let waitingMs: number
let looks: number

beforeEach(() => {
  clock = fakeClock()
  ledger = fakeLedger(clock)
  logger = fakeLogger()
  loopDelay = fakeLoopDelay()
  waitingMs = 0
  looks = 0
  const looked = () => void (looks += 1)
  watch = createStallWatch({ loopDelay, statementTimeoutMs: 5_000, clock, ledger, logger, looked })
  watch.start([{ name: 'rescuing', waitingMs: () => waitingMs }])
})

it('has nothing to say of a daemon that gets on', async () => {
  await clock.advance(600_000)
  expect([watch.wedged(), watch.complaint(), ledger.entries, looks]).toEqual([null, null, [], 60])
  watch.stop()
  expect(clock.pending).toBe(0)
})

it('tells a hold-up once, by whose fault, and shows it for some minutes', async () => {
  loopDelay.next = { p99Ms: 10, maxMs: 5_000, cpuMs: 4_900 }
  await clock.advance(10_000)
  expect(watch.complaint()).toMatch(/held up for 5\.0 s until 00:00:10 UTC, busy with work of its own/)
  expect(ledger.entries.map(({ eventType }) => eventType)).toEqual(['daemon.stalled'])
  expect(watch.wedged()).toBeNull()
  await clock.advance(310_000)
  expect(watch.complaint()).toBeNull()
  loopDelay.next = { p99Ms: 10, maxMs: 300_000, cpuMs: 20 }
  await clock.advance(10_000)
  expect(watch.complaint()).toMatch(/held up for 300\.0 s .* without a processor/)
})

it('sees a hold-up by its own lateness too', async () => {
  clock.stall(25_000)
  await clock.advance(0)
  expect(watch.complaint()).toMatch(/held up for 15\.0 s/)
})

it('says that the loop is slow when it stays slow', async () => {
  const slow = { p99Ms: 400, maxMs: 500, cpuMs: 10_000 }
  loopDelay.next = slow
  await clock.advance(10_000)
  expect(watch.complaint()).toBeNull()
  loopDelay.next = slow
  await clock.advance(10_000)
  expect(watch.complaint()).toMatch(/up to 400 ms late/)
  await clock.advance(10_000)
  expect(watch.complaint()).toBeNull()
})

it('a duty whose pass does not end is a wedge at the second look, told once, and over when it ends', async () => {
  waitingMs = 601_000
  await clock.advance(10_000)
  expect(watch.wedged()).toBeNull()
  await clock.advance(60_000)
  expect(watch.wedged()).toBe('rescuing: no end of a pass for 10 min')
  expect(watch.complaint()).toContain('wedged: rescuing')
  waitingMs = 0
  await clock.advance(10_000)
  expect(watch.wedged()).toBeNull()
  expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'info'])
})

it('a watch that looks no more vouches for nothing', async () => {
  watch.stop()
  await clock.advance(61_000)
  expect(watch.wedged()).toContain('looks no longer')
})
