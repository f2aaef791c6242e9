import type { ApiClient } from '../src/client/client.ts'
import type { DeadLetterListView, DeadLetterView, TaskDetailView } from '../src/contract/outputs.ts'
import type { DeadLetterId } from '../src/domain/dead-letter.ts'
import type { TaskId } from '../src/domain/ids.ts'
import type { ListedTask } from '../src/domain/task.ts'
import type { LetterQuery } from './screens/dead-letters/query.ts'
import { queryOf } from './screens/tasks/query.ts'

/** What is asked of the daemon beside the status: by name, what it is asked by and what it answers. */
export interface Sources {
  /** Newest first. */
  tasks: { by: { filter: string; limit: number }; answer: readonly ListedTask[] }
  task: { by: { id: TaskId }; answer: TaskDetailView }
  dead_letters: { by: { filter: string; limit: number; query: LetterQuery }; answer: DeadLetterListView }
  dead_letter: { by: { id: DeadLetterId }; answer: DeadLetterView }
}

export type SourceName = keyof Sources

/** One question to a source. */
export type Load = { [Name in SourceName]: { source: Name; by: Sources[Name]['by'] } }[SourceName]

/** Its answer; the question stays with it, for the screen may want another by now. */
export type Answered = {
  [Name in SourceName]: { source: Name; by: Sources[Name]['by']; answer: Sources[Name]['answer'] }
}[SourceName]

/** The latest answer of each source; null: it has not been asked, or not answered. */
export type Loaded = {
  [Name in SourceName]: { by: Sources[Name]['by']; answer: Sources[Name]['answer'] } | null
}

interface Source<Name extends SourceName> {
  /** Between the starts of two questions: a busy fleet changes many times a second, a person reads twice. */
  intervalMs: number
  ask(
    client: Pick<ApiClient, 'call'>,
    by: Sources[Name]['by'],
    signal: AbortSignal,
  ): Promise<Sources[Name]['answer']>
}

/** Fast enough to filter while typing. */
const intervalMs = 150

export const sources: { [Name in SourceName]: Source<Name> } = {
  tasks: {
    intervalMs,
    async ask(client, { filter, limit }, signal) {
      const { tasks } = await client.call('listTasks', { ...queryOf(filter), limit }, signal)
      return tasks
    },
  },
  task: { intervalMs, ask: (client, { id }, signal) => client.call('getTask', { id }, signal) },
  dead_letters: {
    intervalMs,
    ask: (client, { query, limit }, signal) => client.call('listDeadLetters', { ...query, limit }, signal),
  },
  dead_letter: { intervalMs, ask: (client, { id }, signal) => client.call('getDeadLetter', { id }, signal) },
}

export const sourceNames = Object.keys(sources) as SourceName[]

export const nothingLoaded = Object.fromEntries(sourceNames.map((name) => [name, null])) as Loaded
