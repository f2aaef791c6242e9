import { describe, expect, it } from 'vitest'
import { capacityContract } from '../contract-suites/capacity.ts'
import { clockContract } from '../contract-suites/clock.ts'
import { ledgerContract } from '../contract-suites/ledger.ts'
import { randomContract } from '../contract-suites/random.ts'
import { stateStoreContract } from '../contract-suites/state-store.ts'
import { fakeCapacity } from '../fakes/capacity.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLedger } from '../fakes/ledger.ts'
import { fakeRandom } from '../fakes/random.ts'
import { fakeStateStore } from '../fakes/state-store.ts'

clockContract('fake', () => {
  const clock = fakeClock()
  return { clock, pass: (ms) => clock.advance(ms) }
})
randomContract('fake', () => fakeRandom())
stateStoreContract('fake', async () => ({ store: fakeStateStore(), dispose: async () => {} }))
ledgerContract('fake', async () => {
  const clock = fakeClock()
  return { ledger: fakeLedger(clock), clock, dispose: async () => {} }
})
capacityContract('fake', () => {
  const clock = fakeClock()
  const capacity = fakeCapacity(clock)
  capacity.units = 0
  return {
    capacity,
    order: (ids) => capacity.order(ids),
    async supply(units) {
      capacity.units = 2 * units
    },
    pass: (ms) => clock.advance(ms),
    lane: (name, places) => capacity.lane(name, places),
    stop: () => capacity.refuse('stopping'),
  }
})

describe('fake clock', () => {
  it('runs what woken code asks for within the same advance, each at its own time', async () => {
    const clock = fakeClock({ monotonicMs: 0 })
    const ticks: number[] = []
    const loop = async (): Promise<void> => {
      for (let n = 0; n < 3; n++) {
        await clock.sleep(10)
        ticks.push(clock.monotonicMs())
      }
    }
    const done = loop()
    await clock.advance(35)
    await done
    expect(ticks).toEqual([10, 20, 30])
    expect(clock.monotonicMs()).toBe(35)
    expect(clock.pending).toBe(0)
  })

  it('jumps wall time without touching durations', async () => {
    const clock = fakeClock({ wallMs: 1000, monotonicMs: 0 })
    clock.jumpWall(-500)
    await clock.advance(10)
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([510, 10])
  })

  it('ends a loop of timers that feeds itself', async () => {
    const clock = fakeClock()
    const again = (): void => void clock.after(0, again)
    again()
    await expect(clock.advance(1)).rejects.toThrow('timers ran in advance')
  }, 30_000)
})

describe('fake random', () => {
  it('repeats itself by seed', () => {
    expect(fakeRandom(7).hex(8)).toBe(fakeRandom(7).hex(8))
    expect(fakeRandom(7).hex(8)).not.toBe(fakeRandom(8).hex(8))
  })
})

describe('fake ledger', () => {
  it('notices a changed entry', async () => {
    const ledger = fakeLedger(fakeClock())
    for (const message of ['a', 'b', 'c']) {
      await ledger.append({ eventType: 'daemon.started', level: 'info', actor: 'daemon', message })
    }
    const second = ledger.entries[1]
    if (second !== undefined) second.message = 'forged'
    expect(await ledger.verify()).toMatchObject({ ok: false, brokenAt: 2 })
  })
})
