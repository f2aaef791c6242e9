import { expect, test } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import { createClaimLoop } from '../../src/worker/claim-loop.ts'
import { createOutageLog } from '../../src/worker/outage-log.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'
import { fakeRandom } from '../fakes/random.ts'

const away = new OperationalError('away', { code: 'db.unreachable', retryable: true })

function loop(more: { listening?: boolean; room?: () => number } = {}) {
  const clock = fakeClock()
  const logger = fakeLogger()
  const state = {
    ready: 0,
    claims: 0,
    looks: 0,
    claimed: 0,
    nextDueMs: null as number | null,
    down: false,
    isIdle: true,
  }
  const claims = createClaimLoop({
    clock,
    random: fakeRandom(),
    outage: createOutageLog(logger),
    pollIntervalMs: 30_000,
    listening: () => more.listening ?? true,
    batch: 4,
    worthwhile: () => 2,
    room: more.room ?? (() => 1),
    isIdle: () => state.isIdle,
    queue: {
      makeReady: async () => {
        state.looks++
        if (state.down) throw away
        return { ready: 0, nextDueMs: state.nextDueMs }
      },
    },
    claim: async (count) => {
      state.claims++
      if (state.down) throw away
      const claimed = Math.min(count, state.ready)
      state.ready -= claimed
      state.claimed += claimed
      return claimed
    },
  })
  return { clock, logger, state, claims }
}

test('fills all the room there is, then waits to be woken', async () => {
  const room = { left: 3 }
  const { clock, state, claims } = loop({ room: () => room.left - state.claimed })
  state.ready = 5
  claims.start()
  await clock.advance(0)
  expect(state).toMatchObject({ claimed: 3, claims: 1 })
  await clock.advance(20_000)
  expect(state.claims).toBe(1)
  room.left = 4
  claims.wake()
  await clock.advance(0)
  expect(state.claimed).toBe(4)
  await claims.stop()
  expect(clock.pending).toBe(0)
})

test.each([
  { listening: true, fewest: 8, most: 13 },
  { listening: false, fewest: 120, most: 190 },
])('polls with jitter, faster while deaf: $listening', async ({ listening, fewest, most }) => {
  const { clock, state, claims } = loop({ listening })
  claims.start()
  await clock.advance(300_000)
  expect(state.looks).toBeGreaterThanOrEqual(fewest)
  expect(state.looks).toBeLessThanOrEqual(most)
  await claims.stop()
})

test('looks again when the next waiting task is due', async () => {
  const { clock, state, claims } = loop()
  state.nextDueMs = 5000
  claims.start()
  await clock.advance(0)
  state.nextDueMs = null
  await clock.advance(4999)
  expect(state.looks).toBe(1)
  state.ready = 1
  await clock.advance(21)
  expect(state).toMatchObject({ looks: 2, claimed: 1 })
  await claims.stop()
})

test('an outage is asked about with a growing pause, told once, and survived', async () => {
  const { clock, logger, state, claims } = loop()
  state.down = true
  state.ready = 1
  claims.start()
  await clock.advance(60_000)
  // 250 ms doubling to 5 s, half of it jitter: no hammering, no giving up.
  expect(state.looks).toBeGreaterThan(10)
  expect(state.looks).toBeLessThan(40)
  state.down = false
  await clock.advance(5000)
  expect(state.claimed).toBe(1)
  expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  expect(logger.lines.filter(({ level }) => level === 'info')).toHaveLength(1)
  await claims.stop()
  expect(clock.pending).toBe(0)
})

test('rests when told to, whoever wakes it', async () => {
  const { clock, state, claims } = loop()
  claims.start()
  await clock.advance(0)
  claims.rest(5000)
  state.ready = 1
  claims.wake()
  await clock.advance(4999)
  expect(state.claimed).toBe(0)
  await clock.advance(1)
  expect(state.claimed).toBe(1)
  await claims.stop()
})

test('a wish that comes during a claim is heard after it', async () => {
  const { clock, state, claims } = loop()
  claims.start()
  claims.wake()
  claims.look()
  await clock.advance(0)
  expect(state.looks).toBe(2)
  await claims.stop()
  claims.wake()
  await clock.advance(60_000)
  expect(state.looks).toBe(2)
})

test('many free slots are filled at once, few wait a little for more, none for an idle worker', async () => {
  const room = { left: 10 }
  const { clock, state, claims } = loop({ room: () => room.left - state.claimed })
  state.ready = 100
  claims.start()
  await clock.advance(0)
  // Four is the most in one claim.
  expect(state).toMatchObject({ claims: 3, claimed: 10 })

  state.isIdle = false
  room.left = 11
  claims.wake()
  await clock.advance(4)
  expect(state.claims).toBe(3)
  await clock.advance(1)
  expect(state).toMatchObject({ claims: 4, claimed: 11 })
  room.left = 12
  claims.wake()
  room.left = 13
  claims.wake()
  await clock.advance(0)
  // Two are worth a claim; the wait for them is over with it.
  expect(state).toMatchObject({ claims: 5, claimed: 13 })
  await clock.advance(10)
  expect(state.claims).toBe(5)

  state.isIdle = true
  room.left = 14
  claims.wake()
  await clock.advance(0)
  expect(state.claimed).toBe(14)
  await claims.stop()
  expect(clock.pending).toBe(0)
})

test('an outage is not over because there is no room', async () => {
  const { clock, logger, state, claims } = loop({ room: () => (state.down ? 1 : 0) })
  state.down = true
  claims.start()
  await clock.advance(0)
  state.down = false
  claims.wake()
  await clock.advance(0)
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn'])
  await claims.stop()
})
