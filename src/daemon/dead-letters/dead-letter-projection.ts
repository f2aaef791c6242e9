import { deadLetterLimits, type DeadLetter } from '../../domain/dead-letter.ts'
import type { JrName, TaskId } from '../../domain/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DeadLetterBook, DeadLetters } from '../../ports/dead-letters.ts'
import type { Logger } from '../../ports/logger.ts'
import type { TaskEventRecord } from '../../ports/task-queue.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import { createDuty, type Duty } from '../duty.ts'

export interface DeadLetterProjection {
  /**
   * Keeps in the book what these events did to dead letters. The events only say which tasks to look at, and the book takes
   * nothing older than it has: the same events twice, or late, change nothing. Rejects when queue or disk refuse.
   */
  keep(events: readonly TaskEventRecord[]): Promise<void>
  /** The queue is another than the book was made of, whose tasks had the same ids: what it has of them is forgotten. */
  forget(): void
  /** Brings the book into agreement with the queue: what died before there were events, or while events were pruned. */
  reconcile: Duty
}

export interface DeadLetterProjectionDeps {
  letters: DeadLetters
  book: DeadLetterBook
  /** Who answers for a Jr, by the configuration. */
  departmentOf(jrName: JrName): string | null
  database: Pick<DatabaseWatch, 'settled'>
  clock: Clock
  logger: Logger
}

const reconcileEveryMs = 3_600_000
/** Letters kept in one go: some 5 ms of the event loop. */
const pageSize = 250

export function createDeadLetterProjection(deps: DeadLetterProjectionDeps): DeadLetterProjection {
  const { letters, book, clock } = deps

  function store(found: readonly DeadLetter[]): void {
    const known = found.map((letter) =>
      letter.jrName === null ? letter : { ...letter, department: deps.departmentOf(letter.jrName) },
    )
    book.keep(known)
    if (known.length > 0) book.prune(clock.wallMs())
  }

  /** Every dead letter of the queue that the book has room for. Answers their tasks. */
  async function copyQueue(): Promise<Set<TaskId>> {
    const seen = new Set<TaskId>()
    let before: TaskId | undefined
    while (seen.size < deadLetterLimits.keptCount) {
      const page = await letters.list({
        limit: pageSize,
        ...(before === undefined ? {} : { before }),
      })
      store(page)
      for (const { taskId } of page) if (taskId !== null) seen.add((before = taskId))
      if (page.length < pageSize) break
    }
    return seen
  }

  /** What the book holds for dead and the queue does not. */
  async function settleGone(inQueue: ReadonlySet<TaskId>): Promise<void> {
    const held = book.list({ kinds: ['task'], states: ['dead'], limit: deadLetterLimits.keptCount })
    const doubtful = held.filter(({ taskId }) => taskId !== null && !inQueue.has(taskId))
    for (let from = 0; from < doubtful.length; from += pageSize) {
      const some = doubtful.slice(from, from + pageSize)
      const standing = await letters.look(some.map(({ taskId }) => taskId).filter((id) => id !== null))
      const byId = new Map(standing.map((letter) => [letter.id, letter]))
      store(some.map((letter) => byId.get(letter.id) ?? vanished(letter, clock.wallMs())))
    }
  }

  const reconcile = createDuty(
    {
      name: 'bringing the dead letters into agreement with the queue',
      everyMs: reconcileEveryMs,
      minGapMs: 1_000,
      run: async () => settleGone(await copyQueue()),
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock, logger: deps.logger.child({ part: 'dead-letters' }) },
  )

  return {
    async keep(events) {
      const touched = events.filter(({ from, to }) => (from === 'failed') !== (to === 'failed'))
      if (touched.length === 0) return
      const ids = [...new Set(touched.map(({ taskId }) => taskId))]
      const found = await letters.look(ids)
      const deaths = new Map(
        touched.filter(({ to }) => to === 'failed').map((event) => [event.taskId, event]),
      )
      store(found.map((letter) => withDeath(letter, deaths)))
    },
    forget() {
      book.forgetTasks()
      reconcile.wake()
    },
    reconcile,
  }
}

/** What a task died of that was replayed before we looked is told by the event of its death alone. */
function withDeath(letter: DeadLetter, deaths: ReadonlyMap<TaskId, TaskEventRecord>): DeadLetter {
  const death = letter.taskId === null ? undefined : deaths.get(letter.taskId)
  const state = letter.state === 'alive' ? 'replayed' : letter.state
  if (death === undefined || state === 'dead') return { ...letter, state }
  const { error } = death.changes
  return {
    ...letter,
    state,
    diedAt: letter.diedAt ?? death.at,
    error: letter.error ?? (typeof error === 'string' ? error : null),
  }
}

/** Neither a row nor an event tells of it any more. */
function vanished(letter: DeadLetter, at: number): DeadLetter {
  return {
    ...letter,
    state: 'purged',
    status: null,
    version: letter.version + 1,
    settledAt: at,
    settledBy: null,
  }
}
