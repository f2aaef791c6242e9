import type { DeadLetterDesk, DeskFilter, LetterWish } from '../../api/dead-letters.ts'
import {
  taskOfDeadLetter,
  verdictOf,
  type DeadLetter,
  type DeadLetterId,
  type Death,
  type DeathVerdict,
} from '../../domain/dead-letter.ts'
import type { TaskId } from '../../domain/ids.ts'
import { messageOf, OperationalError } from '../../errors.ts'
import type { BookFilter, DeadLetterBook, DeadLetters } from '../../ports/dead-letters.ts'
import type { OperatorQueue } from '../../ports/task-queue.ts'

export interface DeskParts {
  /** Of tasks the queue is the truth. */
  letters: DeadLetters
  queue: Pick<OperatorQueue, 'get'>
  /** Of runs and workers; of tasks while the queue is away. Null without a daemon. */
  book: DeadLetterBook | null
  nowMs(): number
  /**
   * Brings a run or a worker back to life: answers null when it is, else why not and what to do. Absent: there is no daemon to
   * do it.
   */
  revive?(letter: DeadLetter, by: string): Promise<{ reason: string; next: string } | null>
}

/** What operators ask about dead letters, answered from the queue and this node's book. */
export function createDeadLetterDesk(parts: DeskParts): DeadLetterDesk {
  const { letters, queue, book } = parts

  async function lookAtTasks(ids: readonly TaskId[]): Promise<DeadLetter[]> {
    return ids.length === 0 ? [] : letters.look(ids)
  }

  function own(ids: readonly DeadLetterId[]): DeadLetter[] {
    const found = ids.filter((id) => taskOfDeadLetter(id) === undefined).map((id) => book?.get(id))
    return found.filter((letter) => letter !== undefined)
  }

  async function settle(
    wishes: readonly LetterWish[],
    settleTasks: (deaths: Death[]) => Promise<DeathVerdict[]>,
    settleOwn: (id: DeadLetterId) => DeathVerdict | Promise<DeathVerdict>,
  ): Promise<DeathVerdict[]> {
    const deaths = wishes.flatMap(({ id, version }) => {
      const taskId = taskOfDeadLetter(id)
      return taskId === undefined ? [] : [{ taskId, version }]
    })
    const verdicts = new Map((await settleTasks(deaths)).map((verdict) => [verdict.id, verdict]))
    return await Promise.all(wishes.map(async ({ id }) => verdicts.get(id) ?? (await settleOwn(id))))
  }

  function settleInBook(id: DeadLetterId, state: 'replayed' | 'purged', by: string): DeathVerdict {
    const [done] = book?.settle([id], state, parts.nowMs(), by) ?? []
    return done === undefined ? verdictOf(id, book?.get(id)) : { id, kind: 'done' }
  }

  /** Started first, settled then: a letter whose worker would not start stays open. */
  async function replayOwn(id: DeadLetterId, by: string): Promise<DeathVerdict> {
    const letter = book?.get(id)
    if (letter?.state !== 'dead') return verdictOf(id, letter)
    if (parts.revive === undefined) {
      const next = `jrctl workers start ${JSON.stringify(letter.jrName ?? 'NAME')}`
      return {
        id,
        kind: 'refused',
        reason: `a ${letter.kind} is started by a daemon, and none is there`,
        next,
      }
    }
    const refusal = await parts.revive(letter, by)
    return refusal === null ? settleInBook(id, 'replayed', by) : { id, kind: 'refused', ...refusal }
  }

  return {
    async list(filter) {
      const isAsked = (kind: DeadLetter['kind']): boolean => filter.kinds?.includes(kind) ?? true
      const ownOnes =
        filter.before === undefined
          ? (book?.list({ ...bookFilter(filter), kinds: (['run', 'worker'] as const).filter(isAsked) }) ?? [])
          : []
      if (!isAsked('task')) return { letters: ownOnes, copyBecause: null }
      try {
        return { letters: [...ownOnes, ...(await letters.list(filter))], copyBecause: null }
      } catch (error) {
        if (book === null || !isAway(error)) throw error
        const copied = book.list({ ...bookFilter(filter), kinds: ['task'] })
        return { letters: [...ownOnes, ...copied], copyBecause: messageOf(error) }
      }
    },

    async look(ids) {
      const taskIds = ids.map(taskOfDeadLetter).filter((id) => id !== undefined)
      return [...own(ids), ...(await lookAtTasks(taskIds))]
    },

    async get(id) {
      const taskId = taskOfDeadLetter(id)
      const kept = book?.get(id)
      if (taskId === undefined) return kept === undefined ? null : { letter: kept, detail: null }
      try {
        const [letter] = await letters.look([taskId])
        if (letter === undefined) return null
        const detail = letter.state === 'purged' ? null : await queue.get(taskId)
        return { letter: withMemory(letter, kept), detail }
      } catch (error) {
        if (kept === undefined || !isAway(error)) throw error
        return { letter: kept, detail: null }
      }
    },

    replay: (wishes, by) =>
      settle(
        wishes,
        (deaths) => letters.replay(deaths, by),
        (id) => replayOwn(id, by),
      ),

    purge: (wishes, by) =>
      settle(
        wishes,
        (deaths) => letters.purge(deaths, by),
        (id) => settleInBook(id, 'purged', by),
      ),
  }
}

function bookFilter({ jrName, search, since, limit }: DeskFilter): BookFilter {
  return {
    states: ['dead'],
    limit,
    ...(jrName === undefined ? {} : { jrName }),
    ...(search === undefined ? {} : { search }),
    ...(since === undefined ? {} : { since }),
  }
}

/** A replay clears the row's error, and a purge the row: the book remembers what they were. */
function withMemory(letter: DeadLetter, kept: DeadLetter | undefined): DeadLetter {
  const department = kept?.department ?? null
  if (letter.state === 'dead' || kept === undefined) return { ...letter, department }
  return {
    ...letter,
    department,
    title: letter.title || kept.title,
    error: letter.error ?? kept.error,
    diedAt: letter.diedAt ?? kept.diedAt,
    replays: Math.max(letter.replays, kept.replays),
    payload: letter.payload ?? kept.payload,
    ...(letter.state === 'purged' ? { attempts: kept.attempts, maxAttempts: kept.maxAttempts } : {}),
  }
}

/** Whatever the database has against answering, the copy says more than an error; and it says what it is. */
function isAway(error: unknown): boolean {
  return error instanceof OperationalError && error.code.startsWith('db.')
}
