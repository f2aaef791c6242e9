import {
  deadLetterOfTask,
  verdictOf,
  type DeadLetter,
  type Death,
  type DeathVerdict,
} from '../../src/domain/dead-letter.ts'
import type { TaskId } from '../../src/domain/ids.ts'
import type { Task } from '../../src/domain/task.ts'
import type { DeadLetters } from '../../src/ports/dead-letters.ts'
import type { TaskEventRecord } from '../../src/ports/task-queue.ts'
import type { FakeTaskQueue } from './task-queue.ts'

/** The dead letters of a queue in memory. */
export function fakeDeadLetters(queue: FakeTaskQueue): DeadLetters {
  const eventsOf = async (id: TaskId): Promise<TaskEventRecord[]> =>
    (await queue.events({ id: 0, gaps: [] }, 10_000)).events.filter((event) => event.taskId === id)

  const letterOf = async (task: Task): Promise<DeadLetter> => {
    const events = await eventsOf(task.id)
    const replays = events.filter(({ from, to }) => from === 'failed' && to !== null && to !== 'failed')
    const deaths = events.filter(({ from, to }) => to === 'failed' && from !== 'failed')
    const isDead = task.status === 'failed'
    return {
      ...base(task.id),
      state: isDead ? 'dead' : replays.length > 0 ? 'replayed' : 'alive',
      status: task.status,
      version: task.version,
      title: task.title,
      jrName: task.assignedJr,
      error: task.error,
      diedAt: isDead ? task.completedAt : (deaths.at(-1)?.at ?? null),
      attempts: task.attempts,
      maxAttempts: task.maxAttempts,
      replays: replays.length,
      settledAt: replays.at(-1)?.at ?? null,
      settledBy: replays.at(-1)?.actor ?? null,
      payload: {
        description: task.description,
        source: task.source,
        created_by: task.createdBy,
        priority: task.priority,
        channel: task.channel,
        tags: task.tags,
      },
    }
  }

  const look = async (id: TaskId): Promise<DeadLetter | undefined> => {
    const detail = await queue.get(id)
    if (detail !== null) return letterOf(detail.task)
    const last = (await eventsOf(id)).at(-1)
    if (last?.kind !== 'deleted') return undefined
    const { version, at, actor, jrName } = last
    return { ...base(id), state: 'purged', version, jrName, settledAt: at, settledBy: actor }
  }

  const settle = async (
    deaths: readonly Death[],
    change: (id: TaskId) => Promise<void>,
  ): Promise<DeathVerdict[]> => {
    const verdicts: DeathVerdict[] = []
    for (const { taskId, version } of deaths) {
      const now = await look(taskId)
      const isMeant = now?.state === 'dead' && now.version === version
      if (isMeant) await change(taskId)
      const id = deadLetterOfTask(taskId)
      verdicts.push(isMeant ? { id, kind: 'done' } : verdictOf(id, now))
    }
    return verdicts
  }

  return {
    async list({ jrName, search, since, before, limit }) {
      const tasks = await queue.list({ statuses: ['failed'], limit: 1_000 })
      const letters = await Promise.all(tasks.map(letterOf))
      const text = search?.toLowerCase()
      return letters
        .filter(
          (letter) =>
            (jrName === undefined || letter.jrName === jrName) &&
            (since === undefined || (letter.diedAt ?? 0) >= since) &&
            (before === undefined || (letter.taskId ?? 0) < before) &&
            (text === undefined || `${letter.title}\n${letter.error ?? ''}`.toLowerCase().includes(text)),
        )
        .slice(0, limit)
    },
    async look(ids) {
      const letters = await Promise.all(ids.map(look))
      return letters.filter((letter) => letter !== undefined)
    },
    replay: (deaths, by) => settle(deaths, async (id) => void (await queue.retry(id, by))),
    purge: (deaths, by) => settle(deaths, async (id) => queue.removeForeign(id, by)),
  }
}

function base(id: TaskId): DeadLetter {
  return {
    id: deadLetterOfTask(id),
    kind: 'task',
    state: 'alive',
    taskId: id,
    status: null,
    version: 0,
    title: '',
    jrName: null,
    nodeId: null,
    error: null,
    diedAt: null,
    attempts: 0,
    maxAttempts: null,
    replays: 0,
    settledAt: null,
    settledBy: null,
    department: null,
    schedule: null,
    lastHealthCheckAt: null,
    payload: null,
  }
}
