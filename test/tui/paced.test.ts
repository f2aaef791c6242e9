import { describe, expect, it } from 'vitest'
import { Paced } from '../../tui/paced.ts'
import { fakeClock } from '../fakes/clock.ts'

/** An action whose runs end when they are told to. */
function recorder() {
  const runs: { input: number; end: () => void }[] = []
  const action = (input: number) =>
    new Promise<void>((resolve) => {
      runs.push({ input, end: resolve })
    })
  return { runs, action, inputs: () => runs.map(({ input }) => input) }
}

describe('Paced', () => {
  it('runs at once, then for the latest input alone when the interval is over', async () => {
    const clock = fakeClock()
    const { runs, action, inputs } = recorder()
    const paced = new Paced(clock, 400, action)
    for (const input of [1, 2, 3]) paced.request(input)
    expect(inputs()).toEqual([1])
    runs[0]?.end()
    await clock.advance(399)
    expect(inputs()).toEqual([1])
    await clock.advance(1)
    expect(inputs()).toEqual([1, 3])
    expect(clock.pending).toBe(0)
  })

  it('never runs twice at once, however long a run takes', async () => {
    const clock = fakeClock()
    const { runs, action, inputs } = recorder()
    const paced = new Paced(clock, 400, action)
    paced.request(1)
    paced.request(2)
    await clock.advance(60_000)
    expect(inputs()).toEqual([1])
    runs[0]?.end()
    await clock.advance(0)
    expect(inputs()).toEqual([1, 2])
  })

  it('runs no more once stopped, and leaves no timer', async () => {
    const clock = fakeClock()
    const { runs, action, inputs } = recorder()
    const paced = new Paced(clock, 400, action)
    paced.request(1)
    runs[0]?.end()
    await clock.advance(0)
    paced.request(2)
    expect(clock.pending).toBe(1)
    paced.stop()
    expect(clock.pending).toBe(0)
    paced.request(3)
    await clock.advance(1000)
    expect(inputs()).toEqual([1])
  })
})
