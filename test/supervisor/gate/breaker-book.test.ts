import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../src/domain/task.ts'
import { BreakerBook, keptBreaker, type KeptBreakers } from '../../../src/supervisor/gate/breaker-book.ts'
import { closedBreaker } from '../../../src/domain/breaker.ts'
import { jrName } from '../../../src/domain/ids.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'

const key = 'supervisor.breakers'
const research = jrName('Research Jr.')
const open = keptBreaker({
  breaker: { state: 'open', failures: [8_000, 9_000], openings: 2, probeAtMs: 60_000 },
  definitionHash: 'hash',
  tripped: '2 failures in 1 s',
  lastFailure: 'exited with code 1',
})
const content: KeptBreakers = {
  fleet: keptBreaker({ breaker: { ...closedBreaker, failures: [9_000] } }),
  workers: new Map([
    [research, open],
    [jrName('Fine Jr.'), keptBreaker({ breaker: closedBreaker })],
  ]),
}

function bookAt(monotonicMs: number, store = fakeStateStore()) {
  const clock = fakeClock({ monotonicMs })
  const logger = fakeLogger()
  return { store, clock, logger, book: new BreakerBook({ store, clock, logger }, () => content) }
}

test('what is written is read again, but for breakers that have nothing to tell', () => {
  const { store, book } = bookAt(10_000)
  book.writeNow()
  const read = bookAt(50_000, store).book.read()
  expect(read.fleet).toEqual(content.fleet)
  expect([...read.workers]).toEqual([[research, open]])
})

test('after a reboot the clock has begun anew: ages and waits are as they were when it was written', () => {
  const { store, book } = bookAt(10_000)
  book.writeNow()
  expect(bookAt(3_000, store).book.read().workers.get(research)?.breaker).toEqual({
    ...open.breaker,
    failures: [1_000, 2_000],
    probeAtMs: 53_000,
  })
})

test('failures of the same moment are written together, and none is left unwritten at the end', async () => {
  const { store, clock, book } = bookAt(10_000)
  book.writeSoon()
  book.writeSoon()
  expect(store.get(key)).toBeUndefined()
  expect(clock.pending).toBe(1)
  book.flush()
  expect(store.get(key)).toMatchObject({ atMs: 10_000 })
  expect(clock.pending).toBe(0)
})

test('a store that refuses is told in the log', () => {
  const { logger, clock, store } = bookAt(0)
  const full = {
    ...store,
    put: () => {
      throw new Error('the disk is full')
    },
  }
  new BreakerBook({ store: full, clock, logger }, () => content).writeNow()
  expect(logger.lines.map(({ message }) => message)).toEqual(['cannot save the breakers: the disk is full'])
})

test('whatever a damaged file says, what is read can be gone on with', () => {
  const { store, book } = bookAt(10_000)
  book.writeNow()
  const whole = store.get(key)
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const damaged = { ...(whole as object), fleet: one, workers: [['Research Jr.', other], one, ['x']] }
      for (const value of [one, damaged]) {
        store.put(key, value as Json)
        const { fleet, workers } = bookAt(10_000, store).book.read()
        for (const { breaker } of [fleet, ...workers.values()])
          expect(breaker.probeAtMs !== null).toBe(breaker.state === 'open')
      }
    }),
  )
})
