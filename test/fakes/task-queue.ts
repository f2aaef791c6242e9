import { checkChanges, checkNewTask } from '../../src/adapters/postgres/new-task-values.ts'
import {
  errorForDatabase,
  jsonForDatabase,
  noteForDatabase,
} from '../../src/adapters/postgres/outgoing-values.ts'
import { channelKey } from '../../src/domain/channel.ts'
import {
  fence,
  jrName,
  taskId,
  type InstanceId,
  type JrName,
  type NodeId,
  type TaskId,
} from '../../src/domain/ids.ts'
import {
  isFinished,
  listedTextCharacters,
  nextTaskStatus,
  taskStatuses,
  type Attempt,
  type AttemptOutcome,
  type Json,
  type Lease,
  type ListedTask,
  type Task,
  type TaskStatus,
} from '../../src/domain/task.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'
import type {
  Claimed,
  ClaimRequest,
  LostLease,
  OperatorVerdict,
  QueueCounts,
  Rescued,
  StaleReason,
  TaskEventRecord,
  TaskQueue,
} from '../../src/ports/task-queue.ts'

export interface FakeTaskQueue extends TaskQueue {
  readonly notifier: Notifier
  /** Every call throws this until it is null again: a database that went away. */
  failure: Error | null
  /** Writes a row as a program does that knows only the tables; the "trigger" sees it. */
  writeForeign(id: TaskId, changes: Partial<Row>, actor?: string): void
  removeForeign(id: TaskId, actor?: string): void
  /** Attempts by task, oldest first. */
  attemptsOf(id: TaskId): readonly Attempt[]
}

/** A row of the queue, as plain values. */
export interface Row extends Omit<Task, 'urgent' | 'version'> {
  urgencyUndone: boolean
}

interface OpenAttempt extends Attempt {
  tookUnassigned: boolean
}

interface Presence {
  jrName: JrName
  nodeId: NodeId
  load: number
  at: number
}

const freshMs = 300_000

function shownAttempt(open: OpenAttempt): Attempt {
  const { tookUnassigned: _, ...attempt } = open
  return attempt
}

/**
 * The queue in memory, by the same rules: one writer of versions, events and notices (`write`, the trigger), attempts with
 * fences, time by the clock that is given. Long, because it mirrors a whole folder of SQL in one place.
 */
export function fakeTaskQueue(clock: Clock): FakeTaskQueue {
  const rows = new Map<TaskId, Row>()
  const versions = new Map<TaskId, number>()
  const statusChangedAt = new Map<TaskId, number>()
  const progressAt = new Map<TaskId, number>()
  const attempts: OpenAttempt[] = []
  const events: TaskEventRecord[] = []
  const jrs = new Map<string, { online: boolean; at: number; load: number }>()
  const instances = new Map<InstanceId, Presence[]>()
  const listeners = new Set<(notice: Notice) => void>()
  let lastId = 0
  let lastFence = 0
  let failure: Error | null = null
  let listening = false

  const now = (): number => clock.wallMs()

  /** Each call is a round trip of its own: it settles later, and fails when the database is away. */
  const call = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve()
    if (failure !== null) throw failure
    return work()
  }

  const tell = (notice: Notice): void => {
    if (listening) for (const listener of listeners) listener(notice)
  }

  const isUrgent = (row: Row): boolean =>
    row.urgentAt !== null || (!row.urgencyUndone && row.sacredFirePriority > 8)
  const isReady = (row: Row): boolean => row.status === 'pending' || row.status === 'assigned'
  const waiting = (jr: JrName | null): TaskStatus => (jr === null ? 'pending' : 'assigned')

  const taskOf = (row: Row): Task => {
    const { urgencyUndone: _, ...columns } = structuredClone(row)
    const finishedAt = isFinished(row.status) ? (statusChangedAt.get(row.id) ?? null) : null
    const completedAt = row.completedAt ?? finishedAt
    return { ...columns, completedAt, urgent: isUrgent(row), version: versions.get(row.id) ?? 0 }
  }

  const openAttempt = (id: TaskId): OpenAttempt | undefined =>
    attempts.find((attempt) => attempt.taskId === id && attempt.endedAt === null)

  const endAttempt = (attempt: OpenAttempt, outcome: AttemptOutcome, error: string | null): void => {
    Object.assign(attempt, { endedAt: now(), outcome, error })
  }

  const record = (event: Omit<TaskEventRecord, 'id' | 'version' | 'at'>): void => {
    const version = (versions.get(event.taskId) ?? 0) + 1
    versions.set(event.taskId, version)
    if (event.from !== event.to) statusChangedAt.set(event.taskId, now())
    events.push({ ...event, id: events.length + 1, version, at: now() })
    tell({ kind: 'changed' })
  }

  /** The trigger: closes what foreign writes left open, counts, records, tells. */
  const write = (row: Row, changes: Partial<Row>, actor: string, endedBy?: AttemptOutcome): void => {
    const before = { ...row }
    const changed = Object.entries(changes).filter(
      ([key, value]) => JSON.stringify(before[key as keyof Row]) !== JSON.stringify(value),
    )
    if (changed.length === 0) return
    const becameUrgent = !isUrgent(before) && isUrgent({ ...before, ...changes })
    Object.assign(row, changes)
    if ('progressPercent' in changes || 'progressNote' in changes) progressAt.set(row.id, now())
    const leftWork =
      before.status === 'in_progress' && (row.status !== 'in_progress' || row.startedAt !== before.startedAt)
    const open = leftWork ? openAttempt(row.id) : undefined
    if (open !== undefined) endAttempt(open, 'foreign', `ended by ${actor}`)
    record({
      taskId: row.id,
      kind: 'updated',
      from: before.status,
      to: row.status,
      jrName: row.assignedJr,
      actor,
      changes: Object.fromEntries(changed),
      attemptOutcome: open === undefined ? null : 'foreign',
    })
    const fresh = !isReady(before) || before.assignedJr !== row.assignedJr || becameUrgent
    if (isReady(row) && fresh) tell({ kind: 'work', jrName: row.assignedJr })
    if (open !== undefined || endedBy !== undefined) tell({ kind: 'ended', taskId: row.id })
  }

  const insert = (row: Row, actor: string): void => {
    rows.set(row.id, row)
    record({
      taskId: row.id,
      kind: 'inserted',
      from: null,
      to: row.status,
      jrName: row.assignedJr,
      actor,
      changes: { title: row.title },
      attemptOutcome: null,
    })
    if (isReady(row)) tell({ kind: 'work', jrName: row.assignedJr })
  }

  const claimOrder = (one: Row, other: Row): number =>
    Number(isUrgent(other)) - Number(isUrgent(one)) ||
    other.sacredFirePriority - one.sacredFirePriority ||
    one.priority - other.priority ||
    one.createdAt - other.createdAt ||
    one.id - other.id

  const heldAttempt = (lease: Lease): OpenAttempt | undefined => {
    const open = openAttempt(lease.taskId)
    return open?.fence === lease.fence ? open : undefined
  }

  const staleReason = (lease: Lease, wanted: readonly AttemptOutcome[] = []): StaleReason => {
    const attempt = attempts.find((one) => one.taskId === lease.taskId && one.fence === lease.fence)
    const outcome = attempt?.outcome ?? null
    if (outcome === null) return 'unknown'
    if (wanted.includes(outcome)) return 'recorded'
    if (outcome === 'cancelled' || outcome === 'foreign') return outcome
    const newer = attempts.some((one) => one.taskId === lease.taskId && one.fence > lease.fence)
    return outcome === 'expired' && !newer ? 'expired' : 'superseded'
  }

  const held = <T>(
    lease: Lease,
    work: (row: Row, attempt: OpenAttempt) => T,
    wanted: readonly AttemptOutcome[] = [],
  ) => {
    const attempt = heldAttempt(lease)
    const row = rows.get(lease.taskId)
    if (attempt === undefined || row === undefined) {
      return { accepted: false as const, reason: staleReason(lease, wanted) }
    }
    return work(row, attempt)
  }

  const accepted = { accepted: true } as const
  const idle = { startedAt: null, progressPercent: 0, progressNote: null }

  const giveBack = (row: Row, counted: number, cause: string, lost: OpenAttempt | null): Rescued => {
    if (lost !== null) endAttempt(lost, 'expired', cause)
    const jr = lost?.tookUnassigned === true ? null : row.assignedJr
    const dies = counted >= row.maxAttempts
    const end = dies
      ? {
          status: 'failed' as const,
          completedAt: now(),
          error: `${cause} (attempt ${counted} of ${row.maxAttempts})`,
        }
      : { status: waiting(jr), assignedJr: jr, startedAt: null, progressPercent: 0, error: cause }
    write(row, { ...end, attempts: counted }, 'jrctl', 'expired')
    return {
      taskId: row.id,
      fence: lost?.fence ?? null,
      jrName: lost?.jrName ?? row.assignedJr,
      status: row.status,
    }
  }

  const giveUp = (row: Row, attempt: OpenAttempt, why: string): void => {
    endAttempt(attempt, 'released', why)
    const jr = attempt.tookUnassigned ? null : row.assignedJr
    const counted = Math.max(0, row.attempts - 1)
    write(row, { ...idle, status: waiting(jr), assignedJr: jr, attempts: counted }, 'jrctl')
  }

  const sumOfInstances = (name: JrName): { load: number; count: number } => {
    const living = [...instances.values()]
      .flat()
      .filter((each) => each.jrName === name && each.at > now() - freshMs)
    return { load: living.reduce((sum, each) => sum + each.load, 0), count: living.length }
  }

  const decide = (
    id: TaskId,
    by: string,
    plan: (row: Row) => Partial<Row> | 'unchanged' | 'refused',
    endedBy?: AttemptOutcome,
  ): OperatorVerdict => {
    const row = rows.get(id)
    if (row === undefined) return { kind: 'not_found' }
    const changes = plan(row)
    if (changes === 'unchanged') return { kind: 'unchanged', task: taskOf(row) }
    if (changes === 'refused') return { kind: 'refused', status: row.status, task: taskOf(row) }
    write(row, changes, by, endedBy)
    return { kind: 'done', task: taskOf(row) }
  }

  const claimNext = (request: ClaimRequest, keyHash: string): Claimed | null => {
    const candidates = [...rows.values()].filter(
      (row) =>
        isReady(row) &&
        (row.assignedJr === null ? request.acceptUnassigned : request.jrNames.includes(row.assignedJr)),
    )
    // Urgent first from whichever line, then the Jr's own before unassigned.
    const [row] = candidates.sort(
      (one, other) =>
        Number(isUrgent(other)) - Number(isUrgent(one)) ||
        Number(one.assignedJr === null) - Number(other.assignedJr === null) ||
        claimOrder(one, other),
    )
    if (row === undefined) return null
    const name = row.assignedJr ?? request.jrNames[0] ?? jrName('')
    const attempt: OpenAttempt = {
      taskId: row.id,
      fence: fence((lastFence += 1)),
      attempt: row.attempts + 1,
      jrName: name,
      instanceId: request.instanceId,
      nodeId: request.nodeId,
      startedAt: now(),
      leaseExpiresAt: now() + request.leaseMs,
      endedAt: null,
      outcome: null,
      error: null,
      tookUnassigned: row.assignedJr === null,
    }
    attempts.push(attempt)
    write(
      row,
      {
        ...idle,
        status: 'in_progress',
        startedAt: now(),
        completedAt: null,
        scheduledAt: null,
        error: null,
        attempts: attempt.attempt,
        assignedJr: name,
      },
      'jrctl',
    )
    const lease = { taskId: row.id, fence: attempt.fence, instanceId: request.instanceId }
    return { task: taskOf(row), lease, jrName: name, attempt: attempt.attempt, keyHash }
  }

  return {
    claim: (request) =>
      call(() => {
        const claims: Claimed[] = []
        for (const keyHash of request.keyHashes) {
          const claimed = claimNext(request, keyHash)
          if (claimed === null) break
          claims.push(claimed)
        }
        return claims
      }),

    renew: (leases, leaseMs) =>
      call(() => {
        const lost: LostLease[] = []
        for (const lease of leases) {
          const attempt = heldAttempt(lease)
          if (attempt === undefined) lost.push({ lease, reason: staleReason(lease) })
          else attempt.leaseExpiresAt = now() + leaseMs
        }
        return lost
      }),

    progress: (lease, percent, note) =>
      call(() =>
        held(lease, (row) => {
          const whole = Math.min(100, Math.max(0, Math.round(percent || 0)))
          write(row, { progressPercent: whole, progressNote: noteForDatabase(note) }, 'jrctl')
          return accepted
        }),
      ),

    complete: (lease, result) =>
      call(() => {
        const stored = JSON.parse(jsonForDatabase(result)) as Json
        return held(
          lease,
          (row, attempt) => {
            endAttempt(attempt, 'completed', null)
            write(
              row,
              { status: 'completed', completedAt: now(), progressPercent: 100, result: stored, error: null },
              'jrctl',
            )
            return accepted
          },
          ['completed'],
        )
      }),

    fail: (lease, { kind, error: message, result }) =>
      call(() =>
        held(
          lease,
          (row, attempt) => {
            const error = errorForDatabase(message)
            const kept = result === undefined ? row.result : (JSON.parse(jsonForDatabase(result)) as Json)
            const dies = kind === 'final' || row.attempts >= row.maxAttempts
            endAttempt(attempt, dies ? 'failed' : 'retry', error)
            if (dies) {
              write(row, { status: 'failed', completedAt: now(), error, result: kept }, 'jrctl')
              return { accepted: true, status: 'failed', attempt: attempt.attempt } as const
            }
            const retryAt = now() + Math.min(300_000, 5_000 * 2 ** Math.min(row.attempts - 1, 16))
            const jr = attempt.tookUnassigned ? null : row.assignedJr
            write(
              row,
              {
                status: 'retry',
                scheduledAt: retryAt,
                startedAt: null,
                progressPercent: 0,
                assignedJr: jr,
                error,
                result: kept,
              },
              'jrctl',
            )
            return { accepted: true, status: 'retry', attempt: attempt.attempt, retryAt } as const
          },
          ['failed', 'retry'],
        ),
      ),

    release: (lease, reason) =>
      call(() =>
        held(
          lease,
          (row, attempt) => {
            giveUp(row, attempt, errorForDatabase(reason))
            return accepted
          },
          ['released'],
        ),
      ),

    releaseUnheld: (instanceId, leases) =>
      call(() => {
        const fences = new Set<number>(leases.map((lease) => lease.fence))
        const unheld = attempts.filter(
          (one) => one.endedAt === null && one.instanceId === instanceId && !fences.has(one.fence),
        )
        for (const attempt of unheld) {
          const row = rows.get(attempt.taskId)
          if (row !== undefined) giveUp(row, attempt, 'the answer to its claim was lost')
        }
        return unheld.length
      }),

    beat: ({ instanceId, jrNames, nodeId, load }) =>
      call(() => {
        const loadOf = (name: JrName): number =>
          jrNames.length === 1
            ? load
            : attempts.filter(
                (one) => one.endedAt === null && one.instanceId === instanceId && one.jrName === name,
              ).length
        const presences = jrNames.map((name) => ({ jrName: name, nodeId, load: loadOf(name), at: now() }))
        instances.set(instanceId, presences)
        for (const name of jrNames)
          jrs.set(name, { online: true, at: now(), load: sumOfInstances(name).load })
      }),

    retire: (instanceId) =>
      call(() => {
        const gone = instances.get(instanceId) ?? []
        instances.delete(instanceId)
        for (const { jrName: name } of gone) {
          const { load, count } = sumOfInstances(name)
          const known = jrs.get(name)
          if (known !== undefined) jrs.set(name, { ...known, online: count > 0, load })
        }
      }),

    add: (tasks, by) =>
      call(() => {
        for (const [index, task] of tasks.entries())
          checkNewTask(task, tasks.length === 1 ? '' : `task ${index + 1}: `)
        return tasks.map((task) => {
          const id = taskId((lastId += 1))
          const jr = (task.assignedJr ?? '') === '' ? null : jrName(task.assignedJr ?? '')
          const isFuture = (task.scheduledAt ?? 0) > now()
          insert(
            {
              id,
              title: task.title,
              description: task.description ?? '',
              source: task.source ?? 'jrctl',
              createdBy: task.createdBy ?? by,
              assignedJr: jr,
              status: isFuture ? 'scheduled' : waiting(jr),
              priority: task.priority ?? 5,
              sacredFirePriority: task.sacredFirePriority ?? 0,
              ...idle,
              createdAt: now(),
              completedAt: null,
              scheduledAt: isFuture ? (task.scheduledAt ?? null) : null,
              urgentAt: task.urgent === true ? now() : null,
              urgentBy: task.urgent === true ? by : null,
              urgencyUndone: false,
              attempts: 0,
              maxAttempts: task.maxAttempts ?? 4,
              channel: task.channel ?? null,
              score: task.score ?? null,
              campaignId: task.campaignId ?? null,
              tags: task.tags ?? [],
              result: null,
              error: null,
            },
            by,
          )
          return id
        })
      }),

    get: (id) =>
      call(() => {
        const row = rows.get(id)
        const own = attempts.filter((attempt) => attempt.taskId === id)
        return row === undefined ? null : { task: taskOf(row), attempts: own.map(shownAttempt) }
      }),

    list: (filter) =>
      call(() =>
        [...rows.values()]
          .filter(
            (row) =>
              (filter.statuses === undefined || filter.statuses.includes(row.status)) &&
              (filter.jrName === undefined || row.assignedJr === filter.jrName) &&
              (filter.channel === undefined ||
                channelKey(row.channel ?? '') === channelKey(filter.channel)) &&
              (filter.campaignId === undefined || row.campaignId === filter.campaignId) &&
              (filter.before === undefined || row.id < filter.before) &&
              [row.title, row.assignedJr ?? ''].some((text) =>
                text.toLowerCase().includes((filter.search ?? '').toLowerCase()),
              ),
          )
          .sort((one, other) => other.id - one.id)
          .slice(0, Math.min(1000, Math.max(1, filter.limit)))
          .map((row) => listed(taskOf(row))),
      ),

    counts: () =>
      call(() => {
        const byStatus = Object.fromEntries(
          taskStatuses.map((status) => [
            status,
            [...rows.values()].filter((row) => row.status === status).length,
          ]),
        ) as QueueCounts['byStatus']
        const ages = [...rows.values()].filter(isReady).map((row) => now() - row.createdAt)
        return { byStatus, oldestReadyMs: ages.length === 0 ? null : Math.max(...ages) }
      }),

    set: (id, changes, by) =>
      call(() => {
        checkChanges(changes)
        return decide(id, by, (row) => {
          if (isFinished(row.status)) return 'refused'
          const wanted = Object.entries(changes).filter(
            ([key, value]) =>
              value !== undefined && JSON.stringify(value) !== JSON.stringify(row[key as keyof Row]),
          )
          if (wanted.length === 0) return 'unchanged'
          const differing: typeof changes = Object.fromEntries(wanted)
          const jrText = differing.assignedJr === undefined ? row.assignedJr : differing.assignedJr
          const jr = jrText === null || jrText === '' ? null : jrName(jrText)
          let status: TaskStatus | undefined = row.status
          if (differing.assignedJr !== undefined)
            status = nextTaskStatus(status, jr === null ? 'unassign' : 'assign', jr !== null)
          const at = differing.scheduledAt
          const isFuture = at !== undefined && at !== null && at > now()
          if (status !== undefined && at !== undefined) {
            if (isFuture) status = nextTaskStatus(status, 'schedule', jr !== null)
            else if (status !== 'pending' && status !== 'assigned')
              status = nextTaskStatus(status, 'ready', jr !== null)
          }
          if (status === undefined) return 'refused'
          const scheduledAt = at === undefined ? row.scheduledAt : isFuture ? at : null
          return { ...differing, assignedJr: jr, scheduledAt, status }
        })
      }),

    cancel: (id, by, reason) =>
      call(() =>
        decide(
          id,
          by,
          (row) => {
            if (row.status === 'cancelled') return 'unchanged'
            if (isFinished(row.status)) return 'refused'
            const open = openAttempt(id)
            if (open !== undefined) endAttempt(open, 'cancelled', reason)
            return {
              status: 'cancelled',
              completedAt: now(),
              scheduledAt: null,
              error: reason === '' ? null : reason,
            }
          },
          openAttempt(id) === undefined ? undefined : 'cancelled',
        ),
      ),

    retry: (id, by) =>
      call(() =>
        decide(id, by, (row) => {
          const ready = { status: waiting(row.assignedJr), scheduledAt: null }
          if (isFinished(row.status))
            return { ...idle, ...ready, attempts: 0, completedAt: null, result: null, error: null }
          if (row.status === 'retry' || row.status === 'scheduled') return ready
          return row.status === 'in_progress' ? 'refused' : 'unchanged'
        }),
      ),

    urgent: (id, by, undo) =>
      call(() =>
        decide(id, by, (row) => {
          if (isFinished(row.status)) return 'refused'
          const timed = row.status === 'retry' || row.status === 'scheduled'
          const ready = timed ? { status: waiting(row.assignedJr), scheduledAt: null } : {}
          if (!undo) return { ...ready, urgentAt: now(), urgentBy: by, urgencyUndone: false }
          if (!isUrgent(row)) return 'unchanged'
          return { urgentAt: null, urgentBy: null, urgencyUndone: row.sacredFirePriority > 8 }
        }),
      ),

    inProgress: () =>
      call(() =>
        [...rows.values()]
          .filter((row) => row.status === 'in_progress')
          .map((row) => {
            const open = openAttempt(row.id)
            return {
              id: row.id,
              title: row.title,
              jrName: open?.jrName ?? row.assignedJr,
              instanceId: open?.instanceId ?? null,
              nodeId: open?.nodeId ?? null,
              urgent: isUrgent(row),
              urgentAt: row.urgentAt,
              startedAt: row.startedAt ?? row.createdAt,
              progressPercent: row.progressPercent,
              attempt: open?.attempt ?? row.attempts,
            }
          }),
      ),

    jrs: () =>
      call(() =>
        [...jrs]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, { online, at, load }]) => ({
            jrName: jrName(name),
            online,
            lastSeenAgeMs: now() - at,
            load,
          })),
      ),

    instances: () =>
      call(() =>
        [...instances].flatMap(([instanceId, presences]) =>
          presences.map(({ jrName: name, nodeId, load, at }) => ({
            instanceId,
            jrName: name,
            nodeId,
            load,
            lastSeenAgeMs: now() - at,
          })),
        ),
      ),

    makeReady: () =>
      call(() => {
        const timed = [...rows.values()].filter((row) => row.status === 'retry' || row.status === 'scheduled')
        const due = timed.filter((row) => (row.scheduledAt ?? 0) <= now())
        for (const row of due) write(row, { status: waiting(row.assignedJr), scheduledAt: null }, 'jrctl')
        const later = timed.filter((row) => !due.includes(row)).map((row) => (row.scheduledAt ?? 0) - now())
        return { ready: due.length, nextDueMs: later.length === 0 ? null : Math.min(...later) }
      }),

    rescueExpired: () =>
      call(() =>
        attempts
          .filter((attempt) => attempt.endedAt === null && attempt.leaseExpiresAt < now())
          .flatMap((attempt) => {
            const row = rows.get(attempt.taskId)
            const cause = `the lease expired: worker ${attempt.instanceId} on node ${attempt.nodeId} was not heard of in time`
            return row === undefined ? [] : [giveBack(row, row.attempts, cause, attempt)]
          }),
      ),

    rescueStuck: (stuckMs) =>
      call(() =>
        [...rows.values()]
          .filter((row) => {
            const news = Math.max(row.startedAt ?? 0, progressAt.get(row.id) ?? 0)
            return row.status === 'in_progress' && !openAttempt(row.id) && news < now() - stuckMs
          })
          .map((row) =>
            giveBack(
              row,
              row.attempts + 1,
              `stuck: no progress for ${Math.round(stuckMs / 60_000)} min`,
              null,
            ),
          ),
      ),

    returnLeases: (instanceId, cause) =>
      call(() =>
        attempts
          .filter((attempt) => attempt.endedAt === null && attempt.instanceId === instanceId)
          .flatMap((attempt) => {
            const row = rows.get(attempt.taskId)
            return row === undefined ? [] : [giveBack(row, row.attempts, cause, attempt)]
          }),
      ),

    markSilentOffline: (silentMs) =>
      call(() => {
        const silent = [...jrs].filter(([, jr]) => jr.online && jr.at < now() - silentMs)
        for (const [name, jr] of silent) jrs.set(name, { ...jr, online: false, load: 0 })
        return silent.map(([name]) => jrName(name))
      }),

    events: (cursor, limit) =>
      call(() => {
        const next = events.filter((event) => event.id > cursor.id).slice(0, limit)
        return { events: next, cursor: { id: next.at(-1)?.id ?? cursor.id, gaps: [] } }
      }),

    latestCursor: () => call(() => ({ id: events.length, gaps: [] })),

    close: () => Promise.resolve(),

    notifier: {
      start: () => {
        listening = true
        tell({ kind: 'connected' })
        return Promise.resolve()
      },
      stop: () => {
        listening = false
        return Promise.resolve()
      },
      subscribe: (listener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      get listening() {
        return listening && failure === null
      },
    },
    get failure() {
      return failure
    },
    set failure(error) {
      failure = error
    },
    writeForeign(id, changes, actor = 'foreign') {
      const row = rows.get(id)
      if (row !== undefined) write(row, changes, actor)
    },
    removeForeign(id, actor = 'foreign') {
      const row = rows.get(id)
      if (row === undefined) return
      rows.delete(id)
      const open = openAttempt(id)
      if (open !== undefined) endAttempt(open, 'foreign', `ended by ${actor}`)
      record({
        taskId: id,
        kind: 'deleted',
        from: row.status,
        to: null,
        jrName: row.assignedJr,
        actor,
        changes: {},
        attemptOutcome: open === undefined ? null : 'foreign',
      })
      if (open !== undefined) tell({ kind: 'ended', taskId: id })
    },
    attemptsOf: (id) => attempts.filter((attempt) => attempt.taskId === id),
  }
}

function listed(task: Task): ListedTask {
  const cut = (text: string) => text.slice(0, listedTextCharacters)
  const { title, description, source, createdBy } = task
  const short: Task = {
    ...task,
    title: cut(title),
    description: cut(description),
    source: cut(source),
    createdBy: cut(createdBy),
    progressNote: task.progressNote === null ? null : cut(task.progressNote),
    error: task.error === null ? null : cut(task.error),
    result: null,
  }
  return { ...short, isCut: JSON.stringify(short) !== JSON.stringify(task) }
}
