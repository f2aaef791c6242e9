import { expect, test } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import { instanceId, jrName, nodeId } from '../../src/domain/ids.ts'
import { createOutageLog } from '../../src/worker/outage-log.ts'
import { createPresence } from '../../src/worker/presence.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'

function presence() {
  const clock = fakeClock()
  const beats: { at: number; load: number }[] = []
  const state = { load: 0, down: false }
  const identity = { instanceId: instanceId('i'), nodeId: nodeId('n'), pid: 1, jrNames: [jrName('a_jr')] }
  const kept = createPresence({
    clock,
    outage: createOutageLog(fakeLogger()),
    beat: () => ({ ...identity, load: state.load }),
    queue: {
      beat: async ({ load }) => {
        beats.push({ at: clock.monotonicMs() - 1000, load })
        if (state.down) throw new OperationalError('away', { code: 'db.unreachable', retryable: true })
      },
    },
  })
  return { clock, beats, state, kept }
}

test('beats at the start and every 30 s', async () => {
  const { clock, beats, kept } = presence()
  await kept.start()
  await clock.advance(60_000)
  expect(beats.map(({ at }) => at)).toEqual([0, 30_000, 60_000])
  await kept.stop()
  expect(clock.pending).toBe(0)
})

test('a thousand changes of load cost one heartbeat a second', async () => {
  const { clock, beats, state, kept } = presence()
  await kept.start()
  for (let change = 0; change < 1000; change++) {
    state.load = change % 7
    kept.loadChanged()
    await clock.advance(10)
  }
  expect(beats.length).toBeLessThanOrEqual(12)
  await clock.advance(1000)
  expect(beats.at(-1)?.load).toBe(999 % 7)
  await kept.stop()
})

test('a heartbeat that was not heard is repeated sooner', async () => {
  const { clock, beats, state, kept } = presence()
  state.down = true
  await kept.start()
  await clock.advance(9999)
  expect(beats).toHaveLength(2)
  state.down = false
  await clock.advance(40_001)
  expect(beats.map(({ at }) => at)).toEqual([0, 5000, 10_000, 40_000])
  await kept.stop()
  kept.loadChanged()
  expect(clock.pending).toBe(0)
})
