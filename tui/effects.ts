import type { ApiClient } from '../src/client/client.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { AppEvent } from './event.ts'
import { Paced } from './paced.ts'
import { queryOf } from './screens/tasks/filter.ts'
import type { Effect, Now } from './state.ts'

export interface EffectContext {
  client: Pick<ApiClient, 'call'>
  clock: Clock
  dispatch: (event: AppEvent) => void
  quit: () => void
}

export interface Effects {
  perform(effect: Effect): void
  /** Nothing is asked or dispatched after it, and what is under way is given up: it must not hold the process. */
  stop(): void
}

/** A busy fleet changes many times a second; a person reads twice. */
const statusIntervalMs = 400
/** Fast enough to filter while typing. */
const tasksIntervalMs = 150

/** Does what the state asks for, through the API alone; answers come back as events. */
export function createEffects({ client, clock, dispatch, quit }: EffectContext): Effects {
  const stopping = new AbortController()
  const { signal } = stopping
  const answered = (event: AppEvent) => {
    if (!signal.aborted) dispatch(event)
  }
  const attempt = async (effect: Effect, ask: () => Promise<AppEvent>) => {
    try {
      answered(await ask())
    } catch (error) {
      answered({ kind: 'failed', effect, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  const refresh = new Paced<Effect & { kind: 'refresh' }>(clock, statusIntervalMs, (effect) =>
    attempt(effect, async () => {
      return { kind: 'status', status: await client.call('status', {}, signal), now: nowOf(clock) }
    }),
  )
  const tasks = new Paced<Effect & { kind: 'load_tasks' }>(clock, tasksIntervalMs, (effect) =>
    attempt(effect, async () => {
      const { filter, limit } = effect
      const { tasks: rows } = await client.call('listTasks', { ...queryOf(filter), limit }, signal)
      return { kind: 'tasks', filter, limit, tasks: rows }
    }),
  )
  const task = new Paced<Effect & { kind: 'load_task' }>(clock, tasksIntervalMs, (effect) =>
    attempt(effect, async () => ({
      kind: 'task',
      view: await client.call('getTask', { id: effect.id }, signal),
    })),
  )

  return {
    perform(effect) {
      if (signal.aborted) return
      switch (effect.kind) {
        case 'refresh':
          return refresh.request(effect)
        case 'load_tasks':
          return tasks.request(effect)
        case 'load_task':
          return task.request(effect)
        case 'urgent': {
          const { id, undo } = effect
          void attempt(effect, async () => {
            return { kind: 'urgent_set', answer: await client.call('urgentTask', { id, undo }, signal), undo }
          })
          return
        }
        case 'quit':
          return quit()
        default:
          effect satisfies never
      }
    },
    stop() {
      stopping.abort()
      for (const paced of [refresh, tasks, task]) paced.stop()
    },
  }
}

export function nowOf(clock: Clock): Now {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
}
