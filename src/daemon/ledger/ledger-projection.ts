import { isDeepStrictEqual } from 'node:util'
import type { NewLedgerEntry } from '../../domain/ledger-event.ts'
import type { Json } from '../../domain/task.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { QueueIdentity } from '../../ports/queue-identity.ts'
import type { StateStore } from '../../ports/state-store.ts'
import type { EventCursor, EventFeed, TaskEventRecord } from '../../ports/task-queue.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'
import { labelOf, placeIn, type QueueChange, type ReadingPlace } from './reading-place.ts'

const cursorKey = 'events.cursor'
const batchSize = 500
/** A pass reads at most this many batches, so that a long backlog shares the loop with everything else. */
const batchesPerPass = 4
const pollEveryMs = 30_000

/** Copies the events of tasks from Postgres into this node's ledger: at least once read, exactly once kept. */
export function createLedgerProjection(deps: {
  feed: EventFeed
  identity: QueueIdentity
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
  /** Told when the events begin anew, before any of them: a copy made of them is of another queue. A crash brings it again. */
  changed?(): void
  /** Told of each batch once it is kept. */
  seen?(events: readonly TaskEventRecord[]): void
}): Duty {
  const { feed, ledger, store } = deps
  const logger = deps.logger.child({ part: 'ledger' })

  /** Looked at in each pass: a restored database, or another one, may come at any time in the place of the first. */
  async function readingPlace(): Promise<ReadingPlace & { queue: string }> {
    const stored = store.get(cursorKey) as unknown as ReadingPlace | undefined
    const { place, change } = placeIn(stored, await deps.identity.read())
    if (change === null) return place
    const entry = entryOfChange(change)
    await ledger.append(entry)
    deps.changed?.()
    store.put(cursorKey, place as unknown as Json)
    logger.warn({ ...entry.data }, entry.message)
    return place
  }

  async function run(): Promise<number | undefined> {
    const { id, gaps, ...ofQueue } = await readingPlace()
    const label = labelOf(ofQueue)
    let from: EventCursor = { id, gaps }
    for (let batch = 0; batch < batchesPerPass; batch++) {
      const { events, cursor } = await feed.events(from, batchSize)
      await Promise.all(events.map((event) => ledger.append(entryOf(event, label))))
      await deps.keep?.(events)
      // After the entries are on disk: a crash between the two reads them again, and the dedupe key keeps the first.
      const place: ReadingPlace = { ...ofQueue, ...cursor }
      // Most looks find nothing; they cost no write.
      if (events.length > 0 || !isDeepStrictEqual(cursor, from))
        store.put(cursorKey, place as unknown as Json)
      from = cursor
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
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger },
  )
}

/** Whether the event made its task wait for a time. */
export function waitsForTime({ to, changes }: TaskEventRecord): boolean {
  return to === 'retry' || to === 'scheduled' || 'scheduled_at' in changes
}

function entryOfChange(change: QueueChange): NewLedgerEntry {
  const anew = 'all of its events are copied, from the first one on'
  const message =
    change.kind === 'another'
      ? `the queue ${change.to} is another than before (${change.from ?? 'unknown'}): ${anew}`
      : `the queue was set back, as by a backup: events were read up to ${change.readUpTo}, its newest is ${change.newest}; ${anew}`
  const { kind, to, ...more } = change
  return {
    eventType: 'daemon.queue_changed',
    level: 'warn',
    actor: 'daemon',
    message,
    data: { queue: to, reason: kind, ...more },
  }
}

/** The ledger's form of one task event of the queue that is labelled so. */
export function entryOf(event: TaskEventRecord, queue: string): NewLedgerEntry {
  const moved = event.from !== event.to && event.kind === 'updated'
  return {
    eventType: moved ? 'task.status_changed' : `task.${event.kind}`,
    level: event.to === 'failed' && moved ? 'error' : 'info',
    actor: event.actor,
    taskId: event.taskId,
    ...(event.jrName === null ? {} : { worker: event.jrName }),
    message: messageOfEvent(event, moved),
    data: {
      queue,
      version: event.version,
      from: event.from,
      to: event.to,
      at: event.at,
      changes: event.changes,
      attempt_outcome: event.attemptOutcome,
    },
    dedupeKey: `task:${queue}:${event.taskId}:${event.version}`,
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
