import { finishedStatuses, type Task } from '../../src/domain/task.ts'
import { taskId, type NodeId } from '../../src/domain/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ClusterDuties, Led, Pruned } from '../../src/ports/cluster-duties.ts'
import type { LeaderView, Leadership, Mandate } from '../../src/ports/leadership.ts'
import type { JrAcceptance, Member, NodeCard, Nodes } from '../../src/ports/nodes.ts'
import type { Notice, Notifier } from '../../src/ports/notifier.ts'
import type { FakeTaskQueue } from './task-queue.ts'

export interface FakeCluster {
  nodes: Nodes
  leadership: Leadership
  duties: ClusterDuties
  /** The queue's, and the leader's resignations. */
  notifier: Notifier
}

interface NodeRow extends NodeCard {
  epoch: number
  startedAt: number
  lastSeenAt: number
  ended: boolean
}

interface Lease extends Mandate {
  untilMs: number
  since: number
}

/** What the queue lists at once. */
const pageMax = 1_000
const dayMs = 86_400_000

/** The fleet's common knowledge in memory, over one fake queue; many daemons may share it. */
export function fakeCluster(clock: Clock, queue: FakeTaskQueue): FakeCluster {
  const nodes = new Map<NodeId, NodeRow>()
  const accepts = new Map<NodeId, readonly JrAcceptance[]>()
  const listeners = new Set<(notice: Notice) => void>()
  let lease: Lease | null = null

  const now = (): number => clock.wallMs()
  const call = async <T>(work: () => T | Promise<T>): Promise<T> => {
    await Promise.resolve()
    if (queue.failure !== null) throw queue.failure
    return work()
  }
  const isCurrent = ({ nodeId, epoch }: Member): boolean => nodes.get(nodeId)?.epoch === epoch
  const isSame = (one: Member, other: Member): boolean =>
    one.nodeId === other.nodeId && one.epoch === other.epoch
  const living = (): Lease | null => (lease !== null && lease.untilMs > now() ? lease : null)
  const under = async <T>(mandate: Mandate, work: () => T | Promise<T>): Promise<Led<T>> =>
    call(async () => {
      const held = living()
      if (held === null || !isSame(held, mandate) || held.term !== mandate.term) return { led: false }
      return { led: true, result: await work() }
    })
  const all = (): Promise<Task[]> => listAll(queue)
  const inLine = (tasks: readonly Task[], jr: string | null): Task[] =>
    tasks
      .filter(({ status, assignedJr }) => ['pending', 'assigned'].includes(status) && assignedJr === jr)
      .sort(
        (one, other) =>
          Number(other.urgent) - Number(one.urgent) ||
          other.sacredFirePriority - one.sacredFirePriority ||
          one.priority - other.priority ||
          one.createdAt - other.createdAt ||
          one.id - other.id,
      )

  return {
    nodes: {
      join: ({ nodeId, ...card }) =>
        call(() => {
          const epoch = (nodes.get(nodeId)?.epoch ?? 0) + 1
          nodes.set(nodeId, { nodeId, ...card, epoch, startedAt: now(), lastSeenAt: now(), ended: false })
          return { nodeId, epoch }
        }),
      beat: (member, card) =>
        call(() => {
          const row = nodes.get(member.nodeId)
          if (row !== undefined && row.epoch > member.epoch) return false
          const fresh = { ...card, epoch: member.epoch, startedAt: now(), lastSeenAt: now(), ended: false }
          nodes.set(member.nodeId, { ...fresh, startedAt: row?.startedAt ?? now() })
          return true
        }),
      declare: (member, statements) =>
        call(() => void (isCurrent(member) && accepts.set(member.nodeId, statements))),
      leave: (member) =>
        call(() => {
          const row = nodes.get(member.nodeId)
          if (row?.epoch === member.epoch) row.ended = true
        }),
      list: () =>
        call(() =>
          [...nodes.values()]
            .sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1))
            .map(({ lastSeenAt, ...row }) => Object.assign(row, { lastSeenAgeMs: now() - lastSeenAt })),
        ),
    },

    leadership: {
      campaign: (candidate, leaseMs) =>
        call(() => {
          const isForebear = (one: Member) => one.nodeId === candidate.nodeId && one.epoch < candidate.epoch
          const anybodys = living()
          const held = anybodys !== null && isForebear(anybodys) ? null : anybodys
          if (held !== null && !isSame(held, candidate)) {
            return { kind: 'following', leader: held.nodeId, expiresInMs: held.untilMs - now() }
          }
          if (!isCurrent(candidate)) {
            return {
              kind: 'following',
              leader: held?.nodeId ?? null,
              expiresInMs: held === null ? 0 : held.untilMs - now(),
            }
          }
          const term = held?.term ?? (lease?.term ?? 0) + 1
          lease = { ...candidate, term, untilMs: now() + leaseMs, since: held?.since ?? now() }
          return { kind: 'leading', mandate: { ...candidate, term } }
        }),
      resign: (mandate) =>
        call(() => {
          const held = living()
          if (held === null || !isSame(held, mandate) || held.term !== mandate.term) return
          lease = { ...held, untilMs: now() }
          for (const listener of listeners) listener({ kind: 'leader' })
        }),
      leader: () =>
        call((): LeaderView | null => {
          const held = living()
          if (held === null) return null
          const { untilMs, ...view } = held
          return { ...view, expiresInMs: untilMs - now() }
        }),
    },

    duties: {
      unassigned: (skip, limit) =>
        call(async () =>
          inLine(await all(), null)
            .slice(skip, skip + limit)
            .map(
              ({
                id,
                title,
                source,
                createdBy,
                priority,
                sacredFirePriority,
                urgent,
                attempts,
                channel,
                score,
                campaignId,
                tags,
              }) => ({
                id,
                title,
                source,
                createdBy,
                priority,
                sacredFirePriority,
                urgent,
                attempts,
                channel,
                score,
                campaignId,
                tags,
              }),
            ),
        ),
      countUnassigned: (max) => call(async () => Math.min(max, inLine(await all(), null).length)),
      onlineJrs: (offlineAfterMs) =>
        call(async () => {
          const [jrs, tasks] = await Promise.all([queue.jrs(), all()])
          return jrs
            .filter(({ online, lastSeenAgeMs }) => online && (lastSeenAgeMs ?? Infinity) <= offlineAfterMs)
            .map(({ jrName, load }) => ({ jrName, load: load + inLine(tasks, jrName).length }))
        }),
      unseenJrs: (max, tasksMax) =>
        call(async () => {
          const seen = new Set((await queue.jrs()).map(({ jrName }) => jrName))
          const tasks = await all()
          const named = [...new Set(tasks.flatMap(({ assignedJr }) => assignedJr ?? []))].toSorted()
          return named
            .filter((jrName) => !seen.has(jrName))
            .map((jrName) => ({ jrName, tasks: Math.min(tasksMax, inLine(tasks, jrName).length) }))
            .filter(({ tasks: count }) => count > 0)
            .slice(0, max)
        }),
      acceptances: () =>
        call(async () => {
          const instances = await queue.instances()
          return [...accepts].flatMap(([nodeId, statements]) => {
            const node = nodes.get(nodeId)
            const isThere = node !== undefined && !node.ended && now() - node.lastSeenAt < dayMs
            return statements.filter(
              ({ jrName }) =>
                isThere ||
                instances.some(
                  (one) => one.nodeId === nodeId && one.jrName === jrName && one.lastSeenAgeMs < 300_000,
                ),
            )
          })
        }),
      assign: (mandate, placements) =>
        under(mandate, async () => {
          const line = new Set(inLine(await all(), null).map(({ id }) => id))
          const done = placements.filter((placement) => line.has(placement.taskId))
          for (const placement of done) {
            queue.writeForeign(placement.taskId, { assignedJr: placement.jrName, status: 'assigned' })
          }
          return done.map((placement) => placement.taskId)
        }),
      rescueStuck: (mandate, stuckMs) => under(mandate, () => queue.rescueStuck(stuckMs)),
      markSilentOffline: (mandate, silentMs) => under(mandate, () => queue.markSilentOffline(silentMs)),
      // In memory the counts are counted.
      foldCounts: (mandate) => under(mandate, () => ({ before: 0, after: 0 })),
      pruneTasks: (mandate, ages, afterId, limit) =>
        under(mandate, async (): Promise<Pruned> => {
          const page = (await all())
            .filter(({ id }) => id > afterId)
            .sort((one, other) => one.id - other.id)
            .slice(0, limit)
          const keptMs = (task: Task) => (task.status === 'failed' ? ages.deadMs : ages.finishedMs)
          const isOver = (task: Task) =>
            (finishedStatuses as readonly string[]).includes(task.status) &&
            keptMs(task) !== null &&
            (task.completedAt ?? task.createdAt) < now() - (keptMs(task) ?? 0)
          const [gone, kept] = [page.filter(isOver), page.filter((task) => !isOver(task))]
          for (const { id } of gone) queue.removeForeign(taskId(id))
          const youngest = Math.min(ages.finishedMs ?? Infinity, ages.deadMs ?? Infinity)
          return {
            deleted: gone.length,
            seen: page.length,
            lastId: page.at(-1)?.id ?? null,
            firstKeptId: kept[0]?.id ?? null,
            isYoung: page.every(({ createdAt }) => createdAt > now() - youngest),
          }
        }),
      // Events in memory are kept for ever; nobody's test lasts a month.
      pruneEvents: (mandate) =>
        under(mandate, () => ({ deleted: 0, seen: 0, lastId: null, firstKeptId: null, isYoung: true })),
    },

    notifier: {
      start: () => queue.notifier.start(),
      stop: () => queue.notifier.stop(),
      subscribe(listener) {
        listeners.add(listener)
        const unsubscribe = queue.notifier.subscribe(listener)
        return () => {
          listeners.delete(listener)
          unsubscribe()
        }
      },
      get listening() {
        return queue.notifier.listening
      },
    },
  }
}

/** Every task, newest first. */
export async function listAll(queue: Pick<FakeTaskQueue, 'list'>): Promise<Task[]> {
  const tasks: Task[] = []
  for (;;) {
    const before = tasks.at(-1)?.id
    const page = await queue.list({ limit: pageMax, ...(before === undefined ? {} : { before }) })
    tasks.push(...page)
    if (page.length < pageMax) return tasks
  }
}
