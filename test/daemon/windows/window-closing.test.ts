import { beforeEach, expect, it } from 'vitest'
import type { ChannelWindow, Opening } from '../../../src/domain/cycle/windows.ts'
import type { Led } from '../../../src/ports/cluster-duties.ts'
import { nodeId, taskId } from '../../../src/domain/ids.ts'
import type { Mandate } from '../../../src/ports/leadership.ts'
import { createWindowClosing, type WindowClosing } from '../../../src/daemon/windows/window-closing.ts'
import { fakeChannelClosures, type FakeChannelClosures } from '../../fakes/channel-closures.ts'
import { fakeClock, type FakeClock } from '../../fakes/clock.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { type FakeLogger, fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue, type FakeTaskQueue } from '../../fakes/task-queue.ts'

const hour = 3_600_000
const mandate: Mandate = { nodeId: nodeId('a'), epoch: 1, term: 1 }

/** Open for an hour from each of these times on, in hours from the beginning. */
const openAt = (startMs: number, strict: boolean, ...hours: number[]): ChannelWindow => ({
  channel: 'tiktok',
  strict,
  openings: (fromMs, untilMs) =>
    hours
      .map((at): Opening => ({ opensAt: startMs + at * hour, closesAt: startMs + (at + 1) * hour }))
      .filter(({ opensAt, closesAt }) => closesAt > fromMs && opensAt < untilMs),
})

let clock: FakeClock
let queue: FakeTaskQueue
let closures: FakeChannelClosures
let ledger: FakeLedger
let logger: FakeLogger
let windows: ChannelWindow[]
let held: Mandate | null
let duty: WindowClosing
let startMs: number

beforeEach(() => {
  clock = fakeClock()
  startMs = clock.wallMs()
  queue = fakeTaskQueue(clock)
  closures = fakeChannelClosures(clock, queue)
  ledger = fakeLedger(clock)
  logger = fakeLogger()
  windows = []
  held = mandate
  duty = createWindowClosing({
    closures,
    windows: () => windows,
    ledger,
    leader: {
      mandate: () => held,
      accepted<T>(_: Mandate, done: Led<T>) {
        if (done.led) return done.result
        held = null
        return null
      },
    },
    database: { settled: () => true } as never,
    clock,
    logger,
  })
})

const add = async () => taskId((await queue.add([{ title: 't', channel: 'TikTok' }], 'ann'))[0] ?? 0)
const statusOf = async (id: ReturnType<typeof taskId>) => (await queue.get(id))?.task.status

it('writes spans ahead, puts off what is ready while they last, and lets it go at the opening', async () => {
  windows = [openAt(startMs, true, 2, 26)]
  const id = await add()
  await duty.runNow()
  expect(closures.declared).toEqual([{ channel: 'tiktok', fromMs: startMs, untilMs: startMs + 2 * hour }])
  expect(await statusOf(id)).toBe('scheduled')
  expect((await queue.get(id))?.task.scheduledAt).toBe(startMs + 2 * hour)

  duty.start()
  await clock.advance(2 * hour)
  expect(closures.declared).toEqual([
    { channel: 'tiktok', fromMs: startMs + 3 * hour, untilMs: startMs + 26 * hour },
  ])
  const next = await add()
  await duty.runNow()
  expect(await statusOf(next)).toBe('pending')
  await clock.advance(hour)
  expect(await statusOf(next)).toBe('scheduled')
  expect(ledger.read({ limit: 10 }).map(({ eventType, message }) => [eventType, message])).toEqual([
    ['window.opened', 'the window of tiktok is open'],
    ['window.closed', 'the window of tiktok is closed: its tasks wait until it opens'],
  ])
  await duty.stop()
})

it('writes once what it has written', async () => {
  windows = [openAt(startMs, true, 2, 26)]
  duty.start()
  await clock.advance(hour)
  expect(closures.declarations).toBe(1)
  await duty.stop()
})

it('puts off what comes while a channel is closed, when it is told of work', async () => {
  windows = [openAt(startMs, true, 2)]
  duty.start()
  await clock.advance(1)
  const id = await add()
  duty.noticed({ kind: 'work', jrName: null })
  await clock.advance(1_000)
  expect(await statusOf(id)).toBe('scheduled')
  await duty.stop()
})

it('tells of those that it puts off once a minute, however many come', async () => {
  windows = [openAt(startMs, true, 2)]
  duty.start()
  for (let second = 0; second < 90; second += 1) {
    await add()
    duty.noticed({ kind: 'work', jrName: null })
    await clock.advance(1_000)
  }
  const told = logger.lines.map(({ message }) => message).filter((message) => message.includes('wait'))
  expect(told).toEqual([
    '1 task waits for the windows of closed channels',
    expect.stringMatching(/^(59|60|61) tasks wait for the windows of closed channels$/),
  ])
  await duty.stop()
})

it('carries those along whom a window put off that is moved, or strict no more', async () => {
  windows = [openAt(startMs, true, 5)]
  const id = await add()
  await duty.runNow()
  windows = [openAt(startMs, true, 2)]
  await duty.runNow()
  expect((await queue.get(id))?.task.scheduledAt).toBe(startMs + 2 * hour)
  windows = [openAt(startMs, false, 2)]
  await duty.runNow()
  expect(await statusOf(id)).toBe('pending')
})

it('lets go of what another configuration closed, then asks for nothing more', async () => {
  await duty.runNow()
  expect(closures).toMatchObject({ declared: [], declarations: 1 })
  windows = [openAt(startMs, false, 2)]
  await duty.runNow()
  await duty.runNow()
  expect(closures.declarations).toBe(1)
})

it('writes nothing as a leader who was deposed, and anew in the next reign', async () => {
  windows = [openAt(startMs, true, 2)]
  const id = await add()
  closures.depose()
  await duty.runNow()
  expect(held).toBeNull()
  expect(await statusOf(id)).toBe('pending')
})
