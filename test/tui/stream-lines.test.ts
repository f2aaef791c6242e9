import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entriesWaitingMax, WaitingLines } from '../../tui/stream-lines.ts'
import { entry } from '../domain/alerts/any.ts'
import { statusView } from './fixture.ts'

const old = statusView({ queueAgeMs: 1 })
const young = statusView({ queueAgeMs: 2 })
const noted = (id: number) => entry('worker.waiting', { id })

describe('lines that wait', () => {
  it('are the latest state before what was noted, and are taken once', () => {
    const waiting = new WaitingLines()
    waiting.status(old)
    waiting.entries([noted(1)])
    waiting.status(young)
    waiting.entries([noted(2), noted(3)])
    expect(waiting.take()).toEqual([
      { kind: 'status', status: young },
      { kind: 'ledger', entries: [noted(1), noted(2), noted(3)] },
    ])
    expect(waiting.take()).toEqual([])
  })

  it('tell that the daemon is away instead of a state that nobody vouches for, and then the state it came back with', () => {
    const waiting = new WaitingLines()
    waiting.status(old)
    waiting.away('No daemon answers')
    waiting.status(young)
    expect(waiting.take()).toEqual([
      { kind: 'away', reason: 'No daemon answers' },
      { kind: 'status', status: young },
    ])
  })

  it('keep the latest entries, and count each that they do not', () => {
    const sizes = fc.array(fc.nat(700), { maxLength: 8 })
    fc.assert(
      fc.property(sizes, (batches) => {
        const waiting = new WaitingLines()
        let last = 0
        for (const size of batches) waiting.entries(Array.from({ length: size }, () => noted(++last)))
        const lines = waiting.take()
        const kept = lines.flatMap((line) => (line.kind === 'ledger' ? line.entries.map(({ id }) => id) : []))
        const missed = lines.flatMap((line) => (line.kind === 'missed' ? [line.entries] : []))
        const dropped = Math.max(0, last - entriesWaitingMax)
        expect(missed).toEqual(dropped > 0 ? [dropped] : [])
        expect(kept).toEqual(Array.from({ length: last - dropped }, (_, index) => dropped + index + 1))
      }),
      { numRuns: 50 },
    )
  })
})
