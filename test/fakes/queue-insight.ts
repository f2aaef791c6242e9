import { orderInProgress } from '../../src/domain/positions.ts'
import type { Task } from '../../src/domain/task.ts'
import type { Sighting, TaskStanding } from '../../src/domain/why/standing.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { InsightLimits, QueueInsight } from '../../src/ports/queue-insight.ts'
import type { JrPresence, TaskQueue } from '../../src/ports/task-queue.ts'

export const fakeLimits: InsightLimits = { offlineAfterMs: 300_000, stuckAfterMs: 1_800_000 }

/** By the same rules, over the queue in memory, which knows no locks, no nodes and no other program's statuses. */
export function fakeQueueInsight(
  queue: TaskQueue,
  clock: Clock,
  limits: InsightLimits = fakeLimits,
): QueueInsight {
  const since = (at: number | null): number | null => (at === null ? null : clock.wallMs() - at)

  async function attemptsOf(task: Task): Promise<Pick<TaskStanding, 'open' | 'last'>> {
    const attempts = (await queue.get(task.id))?.attempts ?? []
    const open = attempts.find(({ endedAt }) => endedAt === null)
    const last = attempts.findLast(({ endedAt }) => endedAt !== null)
    return {
      open:
        open === undefined
          ? null
          : {
              attempt: open.attempt,
              jrName: open.jrName,
              instanceId: open.instanceId,
              nodeId: open.nodeId,
              ageMs: clock.wallMs() - open.startedAt,
              renewedAgeMs: clock.wallMs() - open.startedAt,
              leaseLeftMs: open.leaseExpiresAt - clock.wallMs(),
            },
      last:
        last === undefined
          ? null
          : {
              attempt: last.attempt,
              jrName: last.jrName,
              outcome: last.outcome,
              error: last.error,
              endedAgeMs: clock.wallMs() - (last.endedAt ?? 0),
            },
    }
  }

  async function takersOf({ assignedJr }: Task): Promise<Pick<TaskStanding, 'jr' | 'online' | 'instances'>> {
    const jrs = await queue.jrs()
    const isOnline = (jr: JrPresence): boolean =>
      jr.online && jr.lastSeenAgeMs !== null && jr.lastSeenAgeMs < limits.offlineAfterMs
    const own = jrs.find(({ jrName }) => jrName === assignedJr)
    const online = jrs.filter(isOnline)
    const instances = (await queue.instances()).filter(
      ({ jrName, lastSeenAgeMs }) =>
        (assignedJr === null || jrName === assignedJr) && lastSeenAgeMs < limits.offlineAfterMs,
    )
    return {
      jr:
        own === undefined
          ? null
          : { name: own.jrName, online: isOnline(own), lastSeenAgeMs: own.lastSeenAgeMs, load: own.load },
      online: {
        count: online.length,
        some: online
          .toSorted((a, b) => a.load - b.load)
          .slice(0, 50)
          .map(({ jrName, load }) => ({ name: jrName, load })),
      },
      instances: instances.map(({ instanceId, nodeId, lastSeenAgeMs, load }) => {
        return { instanceId, nodeId, lastSeenAgeMs, load }
      }),
    }
  }

  async function aheadOf(task: Task): Promise<TaskStanding['ahead']> {
    const all = await queue.list({ statuses: ['pending', 'assigned'], limit: 1000 })
    const line = all.filter(({ assignedJr }) => assignedJr === task.assignedJr).toSorted(byClaimOrder)
    return { count: line.findIndex(({ id }) => id === task.id), isMore: false }
  }

  async function placeOf(task: Task): Promise<TaskStanding['place']> {
    const order = orderInProgress(await queue.inProgress())
    return { position: order.findIndex(({ id }) => id === task.id) + 1, of: order.length }
  }

  return {
    async sight(id): Promise<Sighting> {
      const detail = await queue.get(id)
      if (detail === null) return { kind: 'not_found' }
      const { task } = detail
      const attempts = await attemptsOf(task)
      const isStuckJudged = task.status === 'in_progress' && attempts.open === null
      const standing: TaskStanding = {
        task,
        rawStatus: task.status,
        statusAgeMs: null,
        createdAgeMs: since(task.createdAt),
        startedAgeMs: since(task.startedAt),
        progressAgeMs: null,
        dueInMs: task.scheduledAt === null ? null : task.scheduledAt - clock.wallMs(),
        closedForMs: null,
        stuckInMs: isStuckJudged
          ? (task.startedAt ?? task.createdAt) + limits.stuckAfterMs - clock.wallMs()
          : null,
        ...attempts,
        ...(await takersOf(task)),
        ahead: task.status === 'pending' || task.status === 'assigned' ? await aheadOf(task) : null,
        place: task.status === 'in_progress' ? await placeOf(task) : null,
        leader: null,
        accepts: [],
        holding: [],
        locks: [],
        readOnly: null,
      }
      return { kind: 'seen', standing }
    },
  }
}

function byClaimOrder(a: Task, b: Task): number {
  return (
    Number(b.urgent) - Number(a.urgent) ||
    b.sacredFirePriority - a.sacredFirePriority ||
    a.priority - b.priority ||
    a.createdAt - b.createdAt ||
    a.id - b.id
  )
}
