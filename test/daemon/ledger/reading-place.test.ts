import { describe, expect, it } from 'vitest'
import { labelOf, placeIn } from '../../../src/daemon/ledger/reading-place.ts'

const one = 'aaaaaaaa-0000-4000-8000-000000000000'
const other = 'bbbbbbbb-0000-4000-8000-000000000000'
const gaps = [{ id: 5, seenBeforeXid: '9' }]

describe('where to read on', () => {
  it('begins with the first event where nothing was read yet', () => {
    expect(placeIn(undefined, { id: one, newestEventId: 900 })).toEqual({
      place: { id: 0, gaps: [], queue: one },
      change: null,
    })
  })

  it.each([
    ['the same queue', { id: 7, gaps, queue: one }, 7],
    ['what was written before queues had ids', { id: 7, gaps }, 12],
    ['a queue whose events were all pruned', { id: 7, gaps, queue: one }, null],
  ])('goes on in %s', (_, stored, newestEventId) => {
    expect(placeIn(stored, { id: one, newestEventId })).toEqual({
      place: { id: 7, gaps, queue: one },
      change: null,
    })
  })

  it('begins anew in another queue, whatever its events are', () => {
    for (const newestEventId of [null, 3, 900]) {
      expect(placeIn({ id: 7, gaps, queue: one }, { id: other, newestEventId })).toEqual({
        place: { id: 0, gaps: [], queue: other },
        change: { kind: 'another', from: 'aaaaaaaa', to: 'bbbbbbbb' },
      })
    }
  })

  it('begins anew, under another label each time, in a queue that was set back, and remembers it elsewhere', () => {
    const once = placeIn({ id: 7, gaps }, { id: one, newestEventId: 6 })
    expect(once.change).toEqual({ kind: 'set back', to: 'aaaaaaaa.1', readUpTo: 7, newest: 6 })
    const twice = placeIn({ ...once.place, id: 9 }, { id: one, newestEventId: 8 })
    expect(twice.change).toMatchObject({ to: 'aaaaaaaa.2' })
    const away = placeIn(twice.place, { id: other, newestEventId: null })
    expect(away.change).toEqual({ kind: 'another', from: 'aaaaaaaa.2', to: 'bbbbbbbb' })
    expect(labelOf(placeIn(away.place, { id: one, newestEventId: 20 }).place)).toBe('aaaaaaaa.2')
  })
})
