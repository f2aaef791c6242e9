import { beforeEach, describe, expect, it } from 'vitest'
import { createPresence, type Presence } from '../../src/api/attempts/presence.ts'
import { instanceId, jrName, nodeId } from '../../src/domain/ids.ts'
import type { Beat } from '../../src/ports/task-queue.ts'
import { fakeAttemptKeys } from '../fakes/attempt-keys.ts'
import { fakeClock, type FakeClock } from '../fakes/clock.ts'
import { fakeRandom } from '../fakes/random.ts'
import { fakeTaskQueue } from '../fakes/task-queue.ts'

const jr = jrName('a_jr')

describe('the presence of workers that speak the API', () => {
  let clock: FakeClock
  let presence: Presence
  let beats: Beat[]
  let retired: string[]
  let away: boolean
  /** What a retirement waits for. */
  let retiring: Promise<void>
  beforeEach(() => {
    clock = fakeClock()
    beats = []
    retired = []
    away = false
    retiring = Promise.resolve()
    const queue = fakeTaskQueue(clock)
    presence = createPresence({
      queue: {
        ...queue,
        async beat(beat) {
          if (away) throw new Error('away')
          beats.push(beat)
        },
        async retire(instance) {
          await retiring
          if (away) throw new Error('away')
          retired.push(instance)
        },
      },
      keys: fakeAttemptKeys(queue),
      nodeId: nodeId('node'),
      pid: 42,
      leaseMs: 60_000,
      clock,
      random: fakeRandom(1),
      listening: () => true,
      held: () => null,
      supervises: (instance) => instance === 'ours',
      subscribe: () => () => {},
    })
  })

  it('beats at most every ten seconds, however often it is asked, and at once for another Jr', async () => {
    const instance = presence.instanceOf('crab')
    for (let second = 0; second < 25; second += 1) {
      await presence.seen(instance, jr)
      await clock.advance(1_000)
    }
    expect(beats.length).toBe(3)
    await presence.seen(instance, jrName('b_jr'))
    expect(beats.at(-1)).toMatchObject({ instanceId: instance, jrNames: [jr, 'b_jr'], pid: 42 })
  })

  it('counts the attempts whose leases may still hold', async () => {
    const instance = presence.instanceOf('crab')
    presence.began(instance, 'one', clock.monotonicMs() + 60_000)
    presence.began(instance, 'two', clock.monotonicMs() + 5_000)
    presence.began(instance, 'three', clock.monotonicMs() + 60_000)
    presence.ended(instance, 'three')
    await presence.seen(instance, jr)
    await clock.advance(10_000)
    await presence.seen(instance, jr)
    expect(beats.map(({ load }) => load)).toEqual([2, 1])
  })

  it('lets go of who asks no more and holds nothing, but for those that the daemon supervises', async () => {
    const [idle, busy, ours] = [presence.instanceOf('idle'), presence.instanceOf('busy'), instanceId('ours')]
    expect(presence.instanceOf('ours')).toBe(ours)
    for (const instance of [idle, busy, ours]) await presence.seen(instance, jr)
    presence.began(busy, 'key', clock.monotonicMs() + 3_600_000)
    await clock.advance(29_000)
    expect(retired).toEqual([])
    await clock.advance(10_000)
    expect(retired).toEqual([idle])
    presence.ended(busy, 'key')
    await clock.advance(10_000)
    expect(retired).toEqual([idle, busy])
    expect(clock.pending).toBe(0)
  })

  it('keeps whoever waits for work, and for a while after', async () => {
    const instance = presence.instanceOf('patient')
    const settled = presence.claims(instance)
    await clock.advance(300_000)
    settled()
    await clock.advance(29_000)
    expect(retired).toEqual([])
    await clock.advance(11_000)
    expect(retired).toEqual([instance])
  })

  it('lets go of who left while the database was away, once it is back', async () => {
    const instance = presence.instanceOf('crab')
    await presence.seen(instance, jr)
    away = true
    await clock.advance(60_000)
    away = false
    await clock.advance(10_000)
    expect(retired).toEqual([instance])
  })

  it('shows who comes back while it is being let go', async () => {
    const instance = presence.instanceOf('crab')
    await presence.seen(instance, jr)
    const { promise, resolve } = Promise.withResolvers<void>()
    retiring = promise
    await clock.advance(30_000)
    const back = presence.seen(instance, jr)
    expect(beats.length).toBe(1)
    resolve()
    await back
    expect([retired.length, beats.length]).toEqual([1, 2])
    presence.began(instance, 'key', clock.monotonicMs() + 100_000)
    await clock.advance(90_000)
    expect(retired.length).toBe(1)
  })

  it('says nothing of a worker that speaks SQL and whose command shows its key', async () => {
    await presence.seen(instanceId('9f3e'), jr)
    await clock.advance(60_000)
    expect([beats, retired]).toEqual([[], []])
  })

  it('lets go of all when nobody can ask any more, and waits for no database', async () => {
    const instance = presence.instanceOf('crab')
    await presence.seen(instance, jr)
    presence.began(instance, 'key', clock.monotonicMs() + 60_000)
    await presence.close(1_000)
    expect(retired).toEqual([instance])
    await presence.seen(instance, jr)
    expect([beats.length, clock.pending]).toEqual([1, 0])
  })

  it('ends in time though the database does not answer', async () => {
    await presence.seen(presence.instanceOf('crab'), jr)
    const { promise, resolve } = Promise.withResolvers<void>()
    retiring = promise
    const closed = presence.close(1_000)
    await clock.advance(1_000)
    await closed
    resolve()
    expect(clock.pending).toBe(0)
  })

  it('gives a thousand names their own, and the rest one together', async () => {
    for (let name = 0; name < 1_000; name += 1) await presence.seen(presence.instanceOf(`w${name}`), jr)
    expect(presence.instanceOf('w0')).toMatch(/-w0$/)
    expect(presence.instanceOf('one more')).toBe(presence.instanceOf(undefined))
  })

  it('keeps nobody from what was asked while the database is away', async () => {
    away = true
    await expect(presence.seen(presence.instanceOf('crab'), jr)).resolves.toBeUndefined()
  })
})
