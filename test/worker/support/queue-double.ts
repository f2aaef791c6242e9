import { OperationalError } from '../../../src/errors.ts'
import { fence, jrName, taskId } from '../../../src/domain/ids.ts'
import type { TaskId } from '../../../src/domain/ids.ts'
import type { Json, Lease, Task, TaskStatus } from '../../../src/domain/task.ts'
import type { Notice, Notifier } from '../../../src/ports/notifier.ts'
import type {
  AttemptQueue,
  Beat,
  Claimed,
  ClaimRequest,
  QueueUpkeep,
  StaleReason,
  WriteVerdict,
} from '../../../src/ports/task-queue.ts'
import { aTask } from '../../support/task.ts'

export interface DoubleRow {
  task: Task
  status: TaskStatus
  lease: Lease | null
  result: Json
  error: string | null
  progress: [number, string | null][]
  released: string[]
}

/** A queue in memory that a test scripts: it can go down, take leases away, and tells when something was written. */
export interface QueueDouble extends AttemptQueue, Pick<QueueUpkeep, 'makeReady'> {
  notifier: Notifier & { notify(notice: Notice): void }
  add(task?: Partial<Task>): TaskId
  row(id: TaskId): DoubleRow
  /** Every call fails as if the database were away. */
  setDown(down: boolean): void
  /** The next complete is refused for good, with this error. */
  refuseComplete(error: Error): void
  /** The next claim is done, but its answer is this error. */
  loseClaimAnswer(error: Error): void
  /** The leases that each `releaseUnheld` was told to spare. */
  unheld: (readonly Lease[])[]
  /** Somebody else ends the attempt. */
  take(id: TaskId, reason: StaleReason): void
  /** Settles once `condition` holds; looked at after every call. */
  until(condition: () => boolean): Promise<void>
  calls: { name: string; at: number }[]
  claims: ClaimRequest[]
  beats: Beat[]
  retired: string[]
  nextDueMs: number | null
}

export function queueDouble(): QueueDouble {
  const rows = new Map<TaskId, DoubleRow>()
  const lost = new Map<number, StaleReason>()
  const waiters = new Set<() => void>()
  const listeners = new Set<(notice: Notice) => void>()
  let down = false
  let refusal: Error | undefined
  let lostAnswer: Error | undefined
  let fences = 0

  const told = (): void => {
    for (const waiter of waiters) waiter()
  }
  const call = async <T>(name: string, action: () => T): Promise<T> => {
    double.calls.push({ name, at: rows.size })
    try {
      if (down)
        throw new OperationalError('the database is away', { code: 'db.unreachable', retryable: true })
      return action()
    } finally {
      queueMicrotask(told)
    }
  }
  const row = (id: TaskId): DoubleRow => {
    const found = rows.get(id)
    if (found === undefined) throw new Error(`no task ${id}`)
    return found
  }
  const under = (lease: Lease, write: (row: DoubleRow) => void): WriteVerdict => {
    const held = row(lease.taskId)
    if (held.lease?.fence !== lease.fence) {
      return { accepted: false, reason: lost.get(lease.fence) ?? 'unknown' }
    }
    write(held)
    return { accepted: true }
  }
  const finish = (status: TaskStatus, more: Partial<DoubleRow>) => (held: DoubleRow) => {
    Object.assign(held, more, { status, lease: null })
  }
  const notify = (notice: Notice): void => {
    for (const listener of listeners) listener(notice)
  }

  const double: QueueDouble = {
    calls: [],
    claims: [],
    beats: [],
    retired: [],
    nextDueMs: null,
    notifier: {
      listening: true,
      start: async () => {},
      stop: async () => {},
      subscribe: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      notify,
    },
    add(partial = {}) {
      const id = taskId(rows.size + 1)
      const task = aTask({ id, title: `task ${id}`, ...partial })
      const fresh = { status: 'pending', lease: null, result: null, error: null } as const
      rows.set(task.id, { ...fresh, task, progress: [], released: [] })
      return task.id
    },
    row,
    setDown: (value) => void (down = value),
    refuseComplete: (error) => void (refusal = error),
    loseClaimAnswer: (error) => void (lostAnswer = error),
    unheld: [],
    take(id, reason) {
      const held = row(id)
      if (held.lease !== null) lost.set(held.lease.fence, reason)
      held.lease = null
      held.status = 'cancelled'
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return
          waiters.delete(look)
          resolve()
        }
        waiters.add(look)
        look()
      }),
    claim: (request) =>
      call('claim', () => {
        double.claims.push(request)
        const ready = [...rows.values()].filter((candidate) => candidate.status === 'pending')
        const claimed = request.keyHashes.slice(0, ready.length).map((keyHash, index) => {
          const next = ready[index] as (typeof ready)[number]
          const lease = { taskId: next.task.id, fence: fence(++fences), instanceId: request.instanceId }
          next.task.attempts++
          Object.assign(next, { status: 'in_progress', lease })
          return {
            task: next.task,
            lease,
            jrName: jrName('Research Jr.'),
            attempt: next.task.attempts,
            keyHash,
          } satisfies Claimed
        })
        const error = lostAnswer
        lostAnswer = undefined
        if (error !== undefined) throw error
        return claimed
      }),
    renew: (leases) =>
      call('renew', () =>
        leases
          .filter((lease) => row(lease.taskId).lease?.fence !== lease.fence)
          .map((lease) => ({ lease, reason: lost.get(lease.fence) ?? 'unknown' })),
      ),
    releaseUnheld: (_instance, spared) =>
      call('releaseUnheld', () => {
        double.unheld.push(spared)
        const known = new Set(spared.map((lease) => lease.fence))
        const unheld = [...rows.values()].filter(({ lease }) => lease !== null && !known.has(lease.fence))
        for (const one of unheld) finish('pending', {})(one)
        return unheld.length
      }),
    progress: (lease, percent, note) =>
      call('progress', () => under(lease, (held) => held.progress.push([percent, note]))),
    complete: (lease, result) =>
      call('complete', () => {
        if (refusal !== undefined) throw refusal
        return under(lease, finish('completed', { result }))
      }),
    fail: (lease, failure) =>
      call('fail', () => {
        const status = failure.kind === 'final' ? 'failed' : 'retry'
        const { error, result = null } = failure
        const verdict = under(lease, finish(status, { error: `${failure.kind}: ${error}`, result }))
        const attempt = row(lease.taskId).task.attempts
        if (!verdict.accepted) return verdict
        return status === 'failed'
          ? { accepted: true, status, attempt }
          : { accepted: true, status, attempt, retryAt: 0 }
      }),
    release: (lease, reason) =>
      call('release', () =>
        under(lease, (held) => {
          finish('pending', {})(held)
          held.released.push(reason)
        }),
      ),
    beat: (beat) => call('beat', () => void double.beats.push(beat)),
    retire: (instance) => call('retire', () => void double.retired.push(instance)),
    makeReady: () => call('makeReady', () => ({ ready: 0, nextDueMs: double.nextDueMs })),
  }
  return double
}
