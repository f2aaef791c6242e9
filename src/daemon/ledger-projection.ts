import type { NewLedgerEntry } from '../domain/ledger-event.ts'
import type { Json } from '../domain/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { EventCursor, EventFeed, TaskEventRecord } from '../ports/task-queue.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { type Duty, createDuty } from './duty.ts'

const cursorKey = 'events.cursor'
const batchSize = 500
/** A pass reads at most this many batches, so that a long backlog shares the loop with everything else. */
const batchesPerPass = 4
const pollEveryMs = 30_000

/** Copies the events of tasks from Postgres into this node's ledger: at least once read, exactly once kept. */
export function createLedgerProjection(deps: {
  feed: EventFeed
  ledger: Ledger
  store: StateStore
  database: DatabaseWatch
  clock: Clock
  logger: Logger
  /**
   * Another copy that is made of the events: told of each batch before the cursor moves on, so that a crash, or a rejection,
   * brings the batch again. It must take what it has seen already for what it is.
   */
  keep?(events: readonly TaskEventRecord[]): Promise<void>
  /** Told of each batch once it is kept. */
  seen?(events: readonly TaskEventRecord[]): void
}): Duty {
  const { feed, ledger, store } = deps

  async function run(): Promise<number | undefined> {
    for (let batch = 0; batch < batchesPerPass; batch++) {
      const from = (store.get(cursorKey) as unknown as EventCursor | undefined) ?? { id: 0, gaps: [] }
      const { events, cursor } = await feed.events(from, batchSize)
      await Promise.all(events.map((event) => ledger.append(entryOf(event))))
      await deps.keep?.(events)
      // After the entries are on disk: a crash between the two reads them again, and the dedupe key keeps the first.
      store.put(cursorKey, cursor as unknown as Json)
      deps.seen?.(events)
      if (events.length < batchSize) return undefined
    }
    return 0
  }

  return createDuty(
    {
      name: 'copying task events into the ledger',
      everyMs: pollEveryMs,
      minGapMs: 100,
      run,
      settled: (error) => deps.database.settled(error),
    },
    { clock: deps.clock, logger: deps.logger.child({ part: 'ledger' }) },
  )
}

/** Whether the event made its task wait for a time. */
export function waitsForTime({ to, changes }: TaskEventRecord): boolean {
  return to === 'retry' || to === 'scheduled' || 'scheduled_at' in changes
}

/** The ledger's form of one task event. */
export function entryOf(event: TaskEventRecord): NewLedgerEntry {
  const moved = event.from !== event.to && event.kind === 'updated'
  return {
    eventType: moved ? 'task.status_changed' : `task.${event.kind}`,
    level: event.to === 'failed' && moved ? 'error' : 'info',
    actor: event.actor,
    taskId: event.taskId,
    ...(event.jrName === null ? {} : { worker: event.jrName }),
    message: messageOfEvent(event, moved),
    data: {
      version: event.version,
      from: event.from,
      to: event.to,
      at: event.at,
      changes: event.changes,
      attempt_outcome: event.attemptOutcome,
    },
    dedupeKey: `task:${event.taskId}:${event.version}`,
  }
}

function messageOfEvent(event: TaskEventRecord, moved: boolean): string {
  const task = `task ${event.taskId}`
  if (moved) {
    const foreign = event.attemptOutcome === 'foreign' ? ' (by foreign SQL, which ended the attempt)' : ''
    return `${task} went from ${event.from} to ${event.to}${foreign}`
  }
  if (event.kind === 'updated')
    return `${task} changed: ${Object.keys(event.changes).join(', ') || 'nothing kept'}`
  return `${task} was ${event.kind}${event.kind === 'inserted' ? ` as ${event.to}` : ''}`
}
