import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { attemptKeyText } from '../../../src/domain/attempt-key.ts'
import { fence, instanceId, jrName, taskId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import { type AttemptBook, createAttemptBook } from '../../../src/gateway/intake/attempt-book.ts'
import type { HashedKey, KeyedAttempt } from '../../../src/ports/attempt-keys.ts'
import { type FakeClock, fakeClock } from '../../fakes/clock.ts'

const secret = 'ab'.repeat(32)
const key = attemptKeyText(taskId(7), secret)
const open: KeyedAttempt = {
  lease: { taskId: taskId(7), fence: fence(1), instanceId: instanceId('i') },
  jrName: jrName('Research Jr.'),
  attempt: 2,
  leaseMs: 60_000,
  outcome: null,
}

describe('the book of attempts', () => {
  let clock: FakeClock
  let asked: HashedKey[]
  let known: KeyedAttempt | null
  let isAway: boolean
  let isListening: boolean
  let book: AttemptBook
  beforeEach(() => {
    clock = fakeClock()
    asked = []
    known = open
    isAway = false
    isListening = true
    book = createAttemptBook({
      clock,
      listening: () => isListening,
      keys: {
        async find(hashed) {
          asked.push(hashed)
          await Promise.resolve()
          if (isAway) throw new OperationalError('away', { code: 'db.unreachable', retryable: true })
          return known
        },
      },
    })
  })
  /** Lets what was asked for behind the back be answered. */
  const turn = () => clock.advance(0)
  const connection = {}
  const find = async () => book.find(key, connection)

  it('asks the queue once, by hash, and then answers at once', async () => {
    expect(await find()).toEqual({ kind: 'attempt', attempt: open })
    expect(asked).toEqual([{ taskId: taskId(7), keyHash: createHash('sha256').update(secret).digest('hex') }])
    expect(book.find(key, connection)).toEqual({ kind: 'attempt', attempt: open })
    expect(asked).toHaveLength(1)
  })

  it('knows the secret alone as well, and no other task’s name before it', async () => {
    expect(await book.find(secret, connection)).toMatchObject({ kind: 'attempt' })
    expect(book.find(key, connection)).toMatchObject({ kind: 'attempt' })
    expect(await book.find(attemptKeyText(taskId(8), secret), connection)).toEqual({
      kind: 'unknown',
      isOurs: true,
    })
  })

  it('asks anew behind the back when something changed, at most once a second', async () => {
    await find()
    book.doubt()
    expect(book.find(key, connection)).toMatchObject({ kind: 'attempt' })
    expect(asked).toHaveLength(1)
    await clock.advance(1_000)
    known = { ...open, outcome: 'completed' }
    expect(book.find(key, connection)).toEqual({ kind: 'attempt', attempt: open })
    expect(book.find(key, connection)).toEqual({ kind: 'attempt', attempt: open })
    await turn()
    expect(asked).toHaveLength(2)
    expect(book.find(key, connection)).toEqual({ kind: 'attempt', attempt: known })
  })

  it('asks nobody about one that is over', async () => {
    known = { ...open, outcome: 'failed' }
    await find()
    book.doubt()
    await clock.advance(60_000)
    expect(book.find(key, connection)).toMatchObject({ attempt: { outcome: 'failed' } })
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['nobody tells of changes', () => (isListening = false), 1_000],
    ['no change was told for long', () => {}, 30_000],
  ])('asks anew where %s', async (_, happen, afterMs) => {
    await find()
    happen()
    await clock.advance(afterMs)
    expect(book.find(key, connection)).toMatchObject({ kind: 'attempt' })
    await turn()
    expect(asked).toHaveLength(2)
  })

  it('lets those it knows go on while the queue is away, and asks no more than once a second', async () => {
    await find()
    isAway = true
    for (let second = 0; second < 5; second++) {
      book.doubt()
      await clock.advance(1_000)
      expect(book.find(key, connection)).toEqual({ kind: 'attempt', attempt: open })
      expect(book.find(key, connection)).toEqual({ kind: 'attempt', attempt: open })
      await turn()
    }
    expect(asked).toHaveLength(6)
    expect(await book.recheck(key)).toEqual({ kind: 'attempt', attempt: open })
  })

  it('says so when it knows nothing and the queue is away, and knows when it is back', async () => {
    isAway = true
    expect(await find()).toEqual({ kind: 'unavailable' })
    isAway = false
    expect(await find()).toMatchObject({ kind: 'attempt' })
  })

  it('forgets a task whose attempt was ended from outside', async () => {
    await find()
    book.forget(taskId(8))
    await find()
    expect(asked).toHaveLength(1)
    book.forget(taskId(7))
    known = { ...open, outcome: 'cancelled' }
    expect(await find()).toMatchObject({ attempt: { outcome: 'cancelled' } })
  })

  it('asks once a second about a key that nobody has', async () => {
    known = null
    for (let tries = 0; tries < 10; tries++) expect(await find()).toEqual({ kind: 'unknown', isOurs: true })
    expect(asked).toHaveLength(1)
    await clock.advance(1_000)
    await find()
    expect(asked).toHaveLength(2)
  })

  it('asks once for many who ask at once, and keeps guessers from holding the queue', async () => {
    const same = Array.from({ length: 5 }, find)
    const others = Array.from({ length: 20 }, async (_, index) =>
      book.find(index.toString(16).padStart(64, '0'), connection),
    )
    expect(asked).toHaveLength(8)
    const findings = await Promise.all([...same, ...others])
    expect(asked).toHaveLength(21)
    expect(findings.filter(({ kind }) => kind !== 'attempt')).toEqual([])
  })

  it('says so where more want to ask than may wait, or the queue turns out to be away', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, async (_, index) =>
        book.find(index.toString(16).padStart(64, '0'), connection),
      )
    const findings = await Promise.all(many(1_010))
    expect(findings.filter(({ kind }) => kind === 'unavailable')).toHaveLength(2)
    asked.length = 0
    isAway = true
    book.forget(taskId(7))
    const away = await Promise.all(many(100))
    expect(away.every(({ kind }) => kind === 'unavailable')).toBe(true)
    expect(asked).toHaveLength(8)
  })

  it.each(['', 'sk-proj-1', 'x'.repeat(64)])('takes %j for none of ours, and asks nobody', (text) => {
    expect(book.find(text, connection)).toEqual({ kind: 'unknown', isOurs: false })
    expect(asked).toEqual([])
  })

  it('takes a key that was cut for one of ours', () => {
    expect(book.find(key.slice(0, -1), connection)).toEqual({ kind: 'unknown', isOurs: true })
  })
})
