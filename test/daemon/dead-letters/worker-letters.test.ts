import { beforeEach, expect, test } from 'vitest'
import { createWorkerLetters, type WorkerLetters } from '../../../src/daemon/dead-letters/worker-letters.ts'
import { jrName, nodeId } from '../../../src/domain/ids.ts'
import type { DeadLetterBook } from '../../../src/ports/dead-letters.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { type FakeLedger, fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const research = jrName('Research Jr.')
const death = {
  name: research,
  department: 'science',
  error: '5 failures in 75 s, the last: exited with code 1',
  restarts: 4,
  lastExit: 'exited with code 1',
  lastHealthCheckAt: 7,
}

let book: DeadLetterBook
let ledger: FakeLedger
let letters: WorkerLetters
const make = (): WorkerLetters =>
  createWorkerLetters({ book, nodeId: nodeId('node'), ledger, clock: fakeClock(), logger: fakeLogger() })
beforeEach(() => {
  book = fakeDeadLetterBook()
  ledger = fakeLedger(fakeClock())
  letters = make()
})

test('one open letter a worker, told once, for the next daemon too', () => {
  letters.gaveUp(death)
  letters.gaveUp({ ...death, restarts: 9 })
  make().gaveUp(death)
  const { name, ...told } = death
  expect(book.list({ limit: 10 })).toMatchObject([
    {
      id: 'w1',
      kind: 'worker',
      title: name,
      jrName: name,
      nodeId: 'node',
      attempts: 4,
      error: told.error,
      department: 'science',
      lastHealthCheckAt: 7,
      payload: { lastExit: 'exited with code 1' },
    },
  ])
  expect(ledger.entries.map(({ eventType, message }) => `${eventType}: ${message}`)).toEqual([
    'dlq.added: Research Jr. was given up: 5 failures in 75 s, the last: exited with code 1; jrctl dlq replay w1 starts it again',
  ])
})

test('who comes back has its letter settled, and the next death is another one', () => {
  letters.gaveUp(death)
  make().cameBack(research, 'a probe that held')
  expect(book.get('w1' as never)).toMatchObject({ state: 'replayed', settledBy: 'a probe that held' })
  letters.gaveUp(death)
  expect(book.list({ states: ['dead'], limit: 10 }).map(({ id }) => id)).toEqual(['w2'])
})

test('a book that refuses is told in the log and harms nobody', () => {
  const broken = {
    ...book,
    list: () => {
      throw new Error('the disk is full')
    },
  }
  const logger = fakeLogger()
  const on = { book: broken, nodeId: nodeId('node'), ledger, clock: fakeClock(), logger }
  createWorkerLetters(on).gaveUp(death)
  expect(JSON.stringify(logger)).toContain('the disk is full')
})
