import { describe, expect, it } from 'vitest'
import { timely } from '../../src/main/doctor/timely.ts'
import { fakeClock } from '../fakes/clock.ts'

describe('a look that may take so long', () => {
  it('is what was found, or why nothing was', async () => {
    const clock = fakeClock()
    expect(await timely(clock, 10, async () => 7)).toEqual({ kind: 'seen', value: 7 })
    const failing = timely(clock, 10, () => Promise.reject(new Error('no rights')))
    expect(await failing).toEqual({ kind: 'unseen', why: 'not known: no rights' })
    const throwing = timely(clock, 10, () => {
      throw new Error('at once')
    })
    expect(await throwing).toEqual({ kind: 'unseen', why: 'not known: at once' })
  })

  it('ends in time, whatever comes later', async () => {
    const clock = fakeClock()
    let late: (error: Error) => void = () => {}
    const look = timely(clock, 2_500, () => new Promise((_, reject) => (late = reject)))
    await clock.advance(2_500)
    expect(await look).toEqual({ kind: 'unseen', why: 'not known: it took longer than 2.5 s' })
    late(new Error('too late'))
  })
})
