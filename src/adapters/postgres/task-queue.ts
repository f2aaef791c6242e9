import { taskBackoff, type Backoff } from '../../domain/backoff.ts'
import type { TaskQueue } from '../../ports/task-queue.ts'
import type { Database } from './connect.ts'
import { createClaimer } from './claimer.ts'
import { createCompleter } from './completer.ts'
import { add } from './sql/add.ts'
import { beat } from './sql/beat.ts'
import { cancel } from './sql/cancel.ts'
import { counts } from './sql/counts.ts'
import { events } from './sql/events.ts'
import { fail } from './sql/fail.ts'
import { get } from './sql/get.ts'
import { inProgress } from './sql/in-progress.ts'
import { instances } from './sql/instances.ts'
import { jrs } from './sql/jrs.ts'
import { latestCursor } from './sql/latest-cursor.ts'
import { list } from './sql/list.ts'
import { makeReady } from './sql/make-ready.ts'
import { markSilentOffline } from './sql/mark-silent-offline.ts'
import { progress } from './sql/progress.ts'
import { release } from './sql/release.ts'
import { releaseUnheld } from './sql/release-unheld.ts'
import { renew } from './sql/renew.ts'
import { rescueExpired } from './sql/rescue-expired.ts'
import { rescueStuck } from './sql/rescue-stuck.ts'
import { retire } from './sql/retire.ts'
import { retry } from './sql/retry.ts'
import { returnLeases } from './sql/return-leases.ts'
import { set } from './sql/set.ts'
import { urgent } from './sql/urgent.ts'

export interface TaskQueueOptions {
  /** What a failed task waits before its next attempt. */
  retry?: Backoff
  /** The most completions that go into one statement; 1 writes each by itself. */
  completeBatch?: number
}

const completeBatchDefault = 500

/** The queue over Postgres: one operation a file in `sql/`, each with the plan that chose its SQL. Time is the database's. */
export function createTaskQueue(
  db: Database,
  { retry: backoff = taskBackoff, completeBatch = completeBatchDefault }: TaskQueueOptions = {},
): TaskQueue {
  return {
    claim: createClaimer(db),
    renew: (leases, leaseMs) => renew(db, leases, leaseMs),
    progress: (lease, percent, note) => progress(db, lease, percent, note),
    complete: createCompleter(db, completeBatch),
    fail: (lease, failure) => fail(db, lease, failure, backoff),
    release: (lease, reason) => release(db, lease, reason),
    releaseUnheld: (instanceId, held) => releaseUnheld(db, instanceId, held),
    beat: (sign) => beat(db, sign),
    retire: (instanceId) => retire(db, instanceId),

    add: (tasks, by) => add(db, tasks, by),
    get: (id) => get(db, id),
    list: (filter) => list(db, filter),
    counts: () => counts(db),
    set: (id, changes, by) => set(db, id, changes, by),
    cancel: (id, by, reason) => cancel(db, id, by, reason),
    retry: (id, by) => retry(db, id, by),
    urgent: (id, by, undo) => urgent(db, id, by, undo),
    inProgress: () => inProgress(db),
    jrs: () => jrs(db),
    instances: () => instances(db),

    makeReady: () => makeReady(db),
    rescueExpired: () => rescueExpired(db),
    rescueStuck: (stuckMs) => rescueStuck(db, stuckMs),
    returnLeases: (instanceId, cause) => returnLeases(db, instanceId, cause),
    markSilentOffline: (silentMs) => markSilentOffline(db, silentMs),

    events: (cursor, limit) => events(db, cursor, limit),
    latestCursor: () => latestCursor(db),
    close: () => db.close(),
  }
}
