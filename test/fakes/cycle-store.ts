import { periodsMs } from '../../src/domain/cycle/rules/periods.ts'
import { noteOf } from '../../src/domain/cycle/action-note.ts'
import type { Decision, DecisionRecord } from '../../src/domain/cycle/decision.ts'
import type { HealthStatus } from '../../src/domain/cycle/health.ts'
import type { QueueSections } from '../../src/domain/cycle/snapshot.ts'
import type { TaskId } from '../../src/domain/ids.ts'
import type { Task } from '../../src/domain/task.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Led } from '../../src/ports/cluster-duties.ts'
import {
  replayMark,
  replaysMax,
  type CycleStore,
  type CycleSwitch,
  type TaskMark,
} from '../../src/ports/cycle-store.ts'
import type { Leadership, Mandate } from '../../src/ports/leadership.ts'
import { emptySections } from '../support/cycle-sections.ts'
import type { FakeTaskQueue, Row } from './task-queue.ts'

export interface FakeCycleStore extends CycleStore {
  /** What was told of the health the last time. */
  healthTold: HealthStatus | null
  /** What the next look sees of the queue; its counts follow the queue by themselves. */
  sections: Partial<QueueSections>
  /** Every call throws this until it is null again. */
  failure: Error | null
  /** Called before each act; what it throws, the act throws. */
  beforeAct: (decision: Decision) => void
  /** Called after an act was done, before its answer arrives. */
  afterAct: (decision: Decision) => void
  /** How often it was looked. */
  readonly looks: number
  readonly records: ReadonlyMap<string, DecisionRecord>
  marksOf(id: TaskId): Partial<Record<TaskMark, number>>
}

const twoHoursMs = 7_200_000
const intentsMax = 100

/** The cycle's records in memory, over the fake queue, by the rules of the SQL. */
export function fakeCycleStore(
  clock: Clock,
  queue: FakeTaskQueue,
  leadership: Leadership,
  offlineAfterMs = 300_000,
): FakeCycleStore {
  const records = new Map<string, DecisionRecord>()
  const rests = new Map<string, number>()
  const marks = new Map<string, { times: number; at: number }>()
  let turned: CycleSwitch | null = null
  let looks = 0
  const now = (): number => clock.wallMs()

  const call = async <T>(work: () => T | Promise<T>): Promise<T> => {
    await Promise.resolve()
    const failure = fake.failure ?? queue.failure
    if (failure !== null) throw failure
    return work()
  }
  const under =
    (mandate: Mandate) =>
    async <T>(work: () => T | Promise<T>): Promise<Led<T>> =>
      call(async () => {
        const held = await leadership.leader()
        const isHeld =
          held !== null &&
          held.nodeId === mandate.nodeId &&
          held.epoch === mandate.epoch &&
          held.term === mandate.term
        return isHeld ? { led: true, result: await work() } : { led: false }
      })
  const mark = (id: TaskId, action: TaskMark): void => {
    const key = `${id} ${action}`
    marks.set(key, { times: (marks.get(key)?.times ?? 0) + 1, at: now() })
  }

  const wasMovedLately = (id: TaskId): boolean =>
    now() - (marks.get(`${id} rebalance_queue`)?.at ?? Number.NEGATIVE_INFINITY) < periodsMs.rebalance_queue

  /** Marks a task that is as it was decided upon, and answers whether it was changed. */
  async function touch(
    id: TaskId,
    action: TaskMark,
    actor: string,
    plan: (task: Task) => Partial<Row> | null,
  ): Promise<TaskId[]> {
    const task = (await queue.get(id))?.task
    const changes = task === undefined ? null : plan(task)
    if (task === undefined || changes === null) return []
    mark(id, action)
    const differs = Object.entries(changes).some(
      ([key, value]) => JSON.stringify(task[key as keyof Task]) !== JSON.stringify(value),
    )
    if (differs) queue.writeForeign(id, changes, actor)
    return differs ? [id] : []
  }

  async function change(decision: Decision): Promise<TaskId[]> {
    const actor = `orchestrator:${decision.rule}`
    const each = async <T>(items: readonly T[], work: (item: T) => Promise<TaskId[]>): Promise<TaskId[]> => {
      const changed: TaskId[] = []
      for (const item of new Set(items)) changed.push(...(await work(item)))
      return changed
    }
    switch (decision.action) {
      case 'promote_task':
        return each(decision.tasks, (id) =>
          touch(id, 'promote_task', actor, (task) =>
            waits(task) ? { priority: Math.min(1, task.priority) } : null,
          ),
        )
      case 'downgrade_task':
        return each(decision.tasks, (id) =>
          touch(id, 'downgrade_task', actor, (task) =>
            (isReady(task) || task.status === 'scheduled') && !task.urgent
              ? {
                  status: 'scheduled',
                  scheduledAt:
                    (isReady(task) ? now() : Math.max(task.scheduledAt ?? 0, now())) + decision.byMs,
                }
              : null,
          ),
        )
      case 'force_run': {
        const seen = await queue.jrs()
        const isThere = (jr: string | null) =>
          seen.some(
            (one) => one.jrName === jr && one.online && (one.lastSeenAgeMs ?? Infinity) <= offlineAfterMs,
          )
        return each(decision.tasks, (id) =>
          touch(id, 'force_run', actor, (task) => {
            if (!waits(task)) return null
            const jr = isThere(task.assignedJr) ? task.assignedJr : null
            return {
              ...ready(jr),
              assignedJr: jr,
              sacredFirePriority: Math.max(8, task.sacredFirePriority),
              priority: Math.min(1, task.priority),
            }
          }),
        )
      }
      case 'schedule_task':
        return each(decision.tasks, ({ id, at }) =>
          touch(id, 'schedule_task', actor, (task) => {
            const isLater = at !== null && at > now()
            if (!(isReady(task) || task.status === 'scheduled') || (isLater && task.urgent)) return null
            return isLater ? { status: 'scheduled', scheduledAt: at } : ready(task.assignedJr)
          }),
        )
      case 'retry_failed':
        return [
          ...(await each(decision.retries, (id) =>
            touch(id, 'retry_failed', actor, (task) =>
              task.status === 'retry' ? ready(task.assignedJr) : null,
            ),
          )),
          ...(await each(decision.deaths, ({ taskId: id, version }) =>
            touch(id, replayMark, actor, (task) =>
              task.status === 'failed' &&
              task.version === version &&
              (marks.get(`${id} ${replayMark}`)?.times ?? 0) < replaysMax
                ? {
                    ...ready(task.assignedJr),
                    attempts: 0,
                    startedAt: null,
                    completedAt: null,
                    progressPercent: 0,
                    progressNote: null,
                    result: null,
                    error: null,
                  }
                : null,
            ),
          )),
        ]
      case 'rebalance_queue':
        return [
          ...(await each(decision.moves, ({ taskId: id, from, to }) =>
            touch(id, 'rebalance_queue', actor, (task) =>
              isReady(task) && task.assignedJr === from && from !== to
                ? { assignedJr: to, status: to === null ? 'pending' : 'assigned' }
                : null,
            ),
          )),
          ...(await each(decision.deadLetters, (id) =>
            touch(id, 'rebalance_queue', actor, (task) =>
              isReady(task) && now() - task.createdAt > twoHoursMs && !wasMovedLately(id)
                ? {
                    status: 'failed',
                    completedAt: now(),
                    error: `dead-lettered by the cycle after two hours of waiting in an emergency (${decision.rule}, decision ${decision.id}): ${decision.reason}`,
                  }
                : null,
            ),
          )),
        ]
      case 'trigger_reconciliation':
        throw new Error('a reconciliation is done by the daemon, not by the queue')
      default:
        return decision satisfies never
    }
  }

  const newestFirst = (): DecisionRecord[] =>
    [...records.values()].sort(
      (one, other) => other.decidedAt - one.decidedAt || (one.decision.id < other.decision.id ? 1 : -1),
    )
  const open = (): DecisionRecord[] =>
    [...records.values()].filter(({ state }) => state === 'intended').slice(0, intentsMax)

  const fake: FakeCycleStore = {
    sections: {},
    failure: null,
    healthTold: null,
    beforeAct: () => {},
    afterAct: () => {},
    records,
    marksOf: (id) =>
      Object.fromEntries(
        [...marks].flatMap(([key, { times }]) => {
          const [task, action] = key.split(' ')
          return task === String(id) ? [[action, times]] : []
        }),
      ),

    get looks() {
      return looks
    },
    look: () =>
      call(async () => {
        looks += 1
        return {
          sections: { ...(await countedSections(queue, now())), ...fake.sections },
          switch: turned,
          rests: Object.fromEntries(rests),
          unmeasured: newestFirst()
            .toReversed()
            .filter(
              ({ state, outcome, decision }) =>
                state === 'executed' && outcome === null && (rests.get(decision.rule) ?? 0) <= now(),
            ),
          openIntents: open().length,
        }
      }),
    readSwitch: () => call(() => turned),
    setEnabled: (enabled, by) =>
      call(() => {
        if (turned?.enabled !== enabled) turned = { enabled, by, at: now() }
        return turned
      }),
    intend: (mandate, decided, observed) =>
      under(mandate)(() => {
        for (const { decision, cooldownMs } of decided) {
          rests.set(decision.rule, now() + cooldownMs)
          if (records.has(decision.id)) continue
          const nothing = { settledAt: null, result: null, error: null, outcome: null, measuredAt: null }
          records.set(decision.id, {
            decision,
            state: observed ? 'observed' : 'intended',
            decidedAt: now(),
            nodeId: mandate.nodeId,
            ...nothing,
          })
        }
      }),
    act: (mandate, decision) =>
      under(mandate)(async () => {
        fake.beforeAct(decision)
        const record = records.get(decision.id)
        if (record === undefined)
          throw new Error(`decision ${decision.id} was acted upon before it was on record`)
        if (record.state !== 'intended') {
          if (record.result !== null) return record.result
          return {
            changed: [],
            note: record.error === null ? 'was only observed' : `had failed: ${record.error}`,
          }
        }
        const changed = (await change(decision)).sort((one, other) => one - other)
        const result = { changed, note: noteOf(decision, changed) }
        records.set(decision.id, { ...record, state: 'executed', settledAt: now(), result })
        fake.afterAct(decision)
        return result
      }),
    settle: (mandate, id, how) =>
      under(mandate)(() => {
        const record = records.get(id)
        if (record?.state !== 'intended') return
        const end =
          'error' in how
            ? { state: 'failed' as const, error: how.error }
            : { state: 'executed' as const, ...how }
        records.set(id, { ...record, ...end, settledAt: now() })
      }),
    rests: () => call(() => Object.fromEntries([...rests].filter(([, until]) => until > now()))),
    openIntents: () => call(open),
    measured: (mandate, outcomes) =>
      under(mandate)(() => {
        for (const { id, outcome } of outcomes) {
          const record = records.get(id)
          if (record?.outcome === null) records.set(id, { ...record, outcome, measuredAt: now() })
        }
      }),
    readHealthTold: () => call(() => fake.healthTold),
    keepHealthTold: (mandate, status) => under(mandate)(() => void (fake.healthTold = status)),
    // In memory the counts are counted.
    recount: (mandate) => under(mandate)(() => ({ mended: 0, tooMany: false })),
    prune: (mandate, { decisionsMs, marksMs }, limit) =>
      under(mandate)(() => {
        const old = newestFirst()
          .toReversed()
          .filter(({ decidedAt, state }) => decidedAt < now() - decisionsMs && state !== 'intended')
          .slice(0, limit)
        const stale = [...marks].filter(([, { at }]) => at < now() - marksMs).slice(0, limit)
        for (const { decision } of old) records.delete(decision.id)
        for (const [key] of stale) marks.delete(key)
        return old.length + stale.length
      }),
    decisions: ({ rule, before = Infinity, limit }) =>
      call(() =>
        newestFirst()
          .filter(
            ({ decision, decidedAt }) => decidedAt < before && (rule ?? decision.rule) === decision.rule,
          )
          .slice(0, Math.min(1_000, Math.max(1, limit))),
      ),
  }
  return fake
}

const isReady = ({ status }: Task): boolean => status === 'pending' || status === 'assigned'
const waits = (task: Task): boolean => isReady(task) || task.status === 'scheduled' || task.status === 'retry'

function ready(jr: string | null): Partial<Row> {
  return { status: jr === null ? 'pending' : 'assigned', scheduledAt: null }
}

async function countedSections(queue: FakeTaskQueue, takenAt: number): Promise<QueueSections> {
  const empty = emptySections(takenAt)
  const { byStatus: counts, oldestReadyMs } = await queue.counts()
  const waiting = counts.pending + counts.assigned
  return { ...empty, jobs: { ...empty.jobs, ...counts, waiting, oldestWaitingMs: oldestReadyMs } }
}
