import { describe, expect, it } from 'vitest'
import { alertLimits, type Alert } from '../../../src/domain/alerts/alert.ts'
import {
  delivered,
  dueInMs,
  emptyOutbox,
  failed,
  posted,
  type Outbox,
} from '../../../src/domain/alerts/outbox.ts'
import { transition } from './any.ts'

const alert = (number: number): Alert => ({ ...transition({ id: `a${number}` }), count: 1 })
const alerts = (count: number): Alert[] => Array.from({ length: count }, (_, index) => alert(index))
const fail = (outbox: Outbox, nowMs = 0, isRefused = false): Outbox =>
  failed(outbox, { problem: 'HTTP 500', isRefused, nowMs, unit: 0 })

describe('alerts on their way to one receiver', () => {
  it('go one after the other, the oldest first', () => {
    const [first, second] = alerts(2)
    const outbox = posted(posted(emptyOutbox, [alert(0)]), [alert(1)])
    expect(outbox.waiting).toEqual([first, second])
    expect(dueInMs(outbox, 5)).toBe(0)
    expect(delivered(outbox, alert(0), 0).waiting).toEqual([second])
    expect(dueInMs(emptyOutbox, 5)).toBeNull()
  })

  it('wait longer after each failure, up to five minutes, whichever alert it was', () => {
    let outbox = posted(emptyOutbox, alerts(3))
    const waits: number[] = []
    for (let one = 0; one < 12; one++) {
      outbox = fail(outbox, 100)
      waits.push(dueInMs(outbox, 100) ?? 0)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1000))
    expect(dueInMs(delivered(outbox, alert(0), 0), 100)).toBe(0)
  })

  it('are given up after about an hour, and the next one says so', () => {
    let outbox = posted(emptyOutbox, alerts(2))
    for (let one = 0; one < alertLimits.tries; one++) outbox = fail(outbox)
    expect(outbox).toMatchObject({ waiting: [alert(1)], lost: 1, tries: 0, problem: 'HTTP 500' })
    expect(delivered(outbox, alert(1), 1)).toEqual({ ...emptyOutbox, waiting: [] })
  })

  it('are given up sooner where the receiver says that they are wrong: the next one may be right', () => {
    let outbox = posted(emptyOutbox, alerts(2))
    for (let one = 0; one < alertLimits.triesRefused; one++) outbox = fail(outbox, 0, true)
    expect(outbox).toMatchObject({ waiting: [alert(1)], lost: 1 })
  })

  it('are a bounded number: the oldest go first, also the one that is being sent', () => {
    const outbox = posted(fail(posted(emptyOutbox, [alert(-1)])), alerts(alertLimits.waiting))
    expect(outbox).toMatchObject({ lost: 1, tries: 0 })
    expect(outbox.waiting).toHaveLength(alertLimits.waiting)
    expect(delivered(outbox, alert(-1), 0)).toMatchObject({ lost: 1, waiting: outbox.waiting })
  })

  it('wait no longer than five minutes for a clock that was set back', () => {
    expect(dueInMs(fail(posted(emptyOutbox, alerts(1)), 1e12), 0)).toBe(300_000)
  })
})
