import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  deadLetterLimits,
  deadLetterOfTask,
  type DeadLetter,
  type DeadLetterId,
} from '../../src/domain/dead-letter.ts'
import { jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import type { DeadLetterBook, OwnDeadLetter } from '../../src/ports/dead-letters.ts'

export interface BookUnderTest {
  book: DeadLetterBook
  dispose(): Promise<void>
}

const day = 86_400_000
const now = Date.UTC(2026, 5, 1)

export function taskLetter(id: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: deadLetterOfTask(taskId(id)),
    kind: 'task',
    state: 'dead',
    taskId: taskId(id),
    status: 'failed',
    version: 3,
    title: `task ${id}`,
    jrName: jrName('Research Jr.'),
    nodeId: null,
    error: 'no luck',
    diedAt: now + id,
    attempts: 4,
    maxAttempts: 4,
    replays: 0,
    settledAt: null,
    settledBy: null,
    department: 'science',
    schedule: null,
    lastHealthCheckAt: null,
    payload: { description: 'words' },
    ...more,
  }
}

const ownLetter = (more: Partial<OwnDeadLetter> = {}): OwnDeadLetter => ({
  kind: 'worker',
  title: 'it_triad_jr',
  jrName: jrName('it_triad_jr'),
  nodeId: nodeId('node'),
  error: 'gave up after 5 failures in 300 s',
  diedAt: now,
  attempts: 5,
  maxAttempts: null,
  replays: 0,
  department: null,
  schedule: '0 3 * * *',
  lastHealthCheckAt: now - 30_000,
  payload: null,
  ...more,
})

/** What every book of dead letters promises. */
export function deadLetterBookContract(name: string, make: () => Promise<BookUnderTest>): void {
  describe(`dead letter book contract: ${name}`, () => {
    let under: BookUnderTest
    let book: DeadLetterBook
    beforeEach(async () => {
      under = await make()
      book = under.book
    })
    afterEach(() => under.dispose())

    const idsOf = (filter: object = {}) => book.list({ limit: 100, ...filter }).map(({ id }) => id)

    it('keeps task letters, each once, and gives them back whole', () => {
      const letter = taskLetter(1)
      book.keep([letter])
      book.keep([letter, taskLetter(2)])
      expect(book.get(letter.id)).toEqual(letter)
      expect(idsOf()).toEqual(['2', '1'])
      expect(book.get('9' as DeadLetterId)).toBeUndefined()
    })

    it('takes what is newer, never what is older', () => {
      book.keep([taskLetter(1, { version: 5, error: 'second death', replays: 1 })])
      book.keep([taskLetter(1, { version: 3, error: 'first death' })])
      book.keep([taskLetter(1, { version: 5, error: 'the same again' })])
      expect(book.get(taskLetter(1).id)).toMatchObject({ error: 'second death', replays: 1 })
    })

    it('remembers what a replayed task died of, and by whom and when it was replayed', () => {
      book.keep([taskLetter(1)])
      const replayed = {
        state: 'replayed',
        status: 'assigned',
        version: 4,
        error: null,
        attempts: 0,
      } as const
      book.keep([taskLetter(1, { ...replayed, settledAt: now + day, settledBy: 'ann', replays: 1 })])
      expect(book.get(taskLetter(1).id)).toMatchObject({
        state: 'replayed',
        error: 'no luck',
        attempts: 4,
        replays: 1,
        settledBy: 'ann',
      })
      expect(idsOf({ states: ['dead'] })).toEqual([])
      const died = taskLetter(1, { version: 9, error: 'again', replays: 1, diedAt: now + 2 * day })
      book.keep([died])
      expect(book.get(died.id)).toEqual(died)
      expect(idsOf({ states: ['dead'] })).toEqual(['1'])
    })

    it("names and keeps this node's own", () => {
      const worker = book.add(ownLetter())
      const run = book.add(ownLetter({ kind: 'run', diedAt: now + 1 }))
      expect(worker.id).toMatch(/^w\d+$/)
      expect(run.id).toMatch(/^r\d+$/)
      expect(book.get(worker.id)).toEqual(worker)
      expect(worker).toMatchObject({ ...ownLetter(), state: 'dead', taskId: null, version: 0 })
      expect(idsOf({ kinds: ['run'] })).toEqual([run.id])
    })

    it('settles its own once, and no task', () => {
      const { id } = book.add(ownLetter())
      book.keep([taskLetter(1)])
      expect(book.countDead()).toBe(2)
      expect(book.settle([id, taskLetter(1).id], 'purged', now, 'ann')).toEqual([id])
      expect(book.countDead()).toBe(1)
      expect(book.settle([id], 'purged', now, 'bob')).toEqual([])
      expect(book.get(id)).toMatchObject({ state: 'purged', settledBy: 'ann', settledAt: now })
      expect(book.get(taskLetter(1).id)).toMatchObject({ state: 'dead' })
    })

    it('filters by kind, Jr, time and words, in any case and script', () => {
      book.keep([
        taskLetter(1, { title: 'ÄRGER mit 100 %' }),
        taskLetter(2, { error: 'Disk_full', jrName: null }),
        taskLetter(3),
      ])
      expect(idsOf({ search: 'ärger' })).toEqual(['1'])
      expect(idsOf({ search: '100 %' })).toEqual(['1'])
      expect(idsOf({ search: 'DISK_' })).toEqual(['2'])
      expect(idsOf({ jrName: jrName('Research Jr.') })).toEqual(['3', '1'])
      expect(idsOf({ since: now + 2 })).toEqual(['3', '2'])
      expect(idsOf({ limit: 1 })).toEqual(['3'])
      expect(idsOf({ kinds: [] })).toEqual([])
    })

    it('forgets the tasks of another queue, and keeps its own', () => {
      const { id } = book.add(ownLetter())
      book.keep([taskLetter(1, { version: 9 }), taskLetter(2, { state: 'replayed' })])
      expect(book.forgetTasks()).toBe(2)
      expect(book.get(id)).toBeDefined()
      book.keep([taskLetter(1, { version: 1, title: 'of the next queue' })])
      expect(book.get(taskLetter(1).id)).toMatchObject({ title: 'of the next queue' })
    })

    it('forgets the oldest deaths first, by age and by number', () => {
      const many = deadLetterLimits.keptCount
      book.keep(Array.from({ length: many + 3 }, (_, index) => taskLetter(index + 1)))
      book.keep([taskLetter(many + 9, { diedAt: now - 91 * day })])
      expect(book.prune(now)).toBe(4)
      expect(book.get(taskLetter(3).id)).toBeUndefined()
      expect(book.get(taskLetter(4).id)).toBeDefined()
      expect(book.prune(now)).toBe(0)
      expect(book.prune(now + 91 * day)).toBe(many)
    })
  })
}
