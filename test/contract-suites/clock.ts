import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'

export interface ClockUnderTest {
  clock: Clock
  /** Lets at least so much time pass. */
  pass: (ms: number) => Promise<void>
}

/** What every clock promises. */
export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(`clock contract: ${name}`, () => {
    it('calls once, and not before its time', async () => {
      const { clock, pass } = make()
      const startMs = clock.monotonicMs()
      const calls: number[] = []
      clock.after(20, () => void calls.push(clock.monotonicMs() - startMs))
      await pass(60)
      expect(calls).toHaveLength(1)
      // Timers count whole milliseconds of a coarser clock: 1 ms early is the most that they are off.
      expect(calls[0]).toBeGreaterThanOrEqual(19)
    })

    it('keeps the order of delays', async () => {
      const { clock, pass } = make()
      const order: string[] = []
      clock.after(30, () => void order.push('late'))
      clock.after(0, () => void order.push('first'))
      clock.after(10, () => void order.push('second'))
      await pass(60)
      expect(order).toEqual(['first', 'second', 'late'])
    })

    it('calls nobody who cancelled; cancelling twice or late is harmless', async () => {
      const { clock, pass } = make()
      let calls = 0
      const cancelled = clock.after(5, () => (calls += 100))
      const late = clock.after(5, () => (calls += 1))
      cancelled.cancel()
      await pass(20)
      cancelled.cancel()
      late.cancel()
      expect(calls).toBe(1)
    })

    it('sleeps', async () => {
      const { clock, pass } = make()
      const startMs = clock.monotonicMs()
      const slept = clock.sleep(15).then(() => clock.monotonicMs() - startMs)
      await pass(40)
      expect(await slept).toBeGreaterThanOrEqual(14)
    })

    it('wakes with the reason of an abort, before or during the sleep', async () => {
      const { clock } = make()
      const reason = new Error('stop')
      await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
      const controller = new AbortController()
      const slept = clock.sleep(60_000, controller.signal)
      controller.abort(reason)
      await expect(slept).rejects.toBe(reason)
    })

    it('keeps no listener on a signal that outlives the sleep', async () => {
      const { clock, pass } = make()
      const { signal } = new AbortController()
      let listeners = 0
      const add = signal.addEventListener.bind(signal)
      const remove = signal.removeEventListener.bind(signal)
      signal.addEventListener = (type: string, listener: EventListener) => {
        listeners += 1
        add(type, listener)
      }
      signal.removeEventListener = (type: string, listener: EventListener) => {
        listeners -= 1
        remove(type, listener)
      }
      const slept = clock.sleep(5, signal)
      expect(listeners).toBe(1)
      await pass(20)
      await slept
      expect(listeners).toBe(0)
    })

    it('has a monotonic time that never goes back, and a wall time in milliseconds since 1970', async () => {
      const { clock, pass } = make()
      const first = clock.monotonicMs()
      await pass(2)
      expect(clock.monotonicMs()).toBeGreaterThan(first)
      expect(clock.wallMs()).toBeGreaterThan(Date.UTC(2025, 0, 1))
    })
  })
}
