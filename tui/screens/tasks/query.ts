import { type TaskStatus, taskStatuses } from '../../../src/domain/task.ts'
import { parseTaskId, taskId, type TaskId } from '../../../src/domain/ids.ts'
import { chosen, jrOf, keyedWords } from '../keyed-words.ts'

export interface TaskQuery {
  /** This one alone. */
  id?: TaskId
  statuses?: TaskStatus[]
  jr?: string
  channel?: string
  campaign?: string
  search?: string
}

/**
 * What was typed after `/`: words that are statuses choose by status, `jr:NAME`, `channel:NAME` and `campaign:NAME` by these,
 * `#42` is that task, the rest is looked for in titles and Jrs.
 */
export function queryOf(filter: string, jrs: readonly string[]): TaskQuery {
  const { keyed, words } = keyedWords(filter, ['jr', 'channel', 'campaign'])
  const id = words
    .filter((word) => word.startsWith('#'))
    .map(parseTaskId)
    .find((parsed) => parsed !== undefined)
  if (id !== undefined) return { id }
  const { some, search } = chosen(words, taskStatuses)
  return {
    ...keyed,
    ...(keyed.jr === undefined ? {} : { jr: jrOf(keyed.jr, jrs) }),
    ...(some.length > 0 ? { statuses: some } : {}),
    ...(search === '' ? {} : { search }),
  }
}

/** As the API takes it. One task is the newest up to it, unless that is another. */
export function listInput({ id, ...query }: TaskQuery, limit: number) {
  return id === undefined ? { ...query, limit } : { before: taskId(id + 1), limit: 1 }
}

/** Does it leave out tasks by anything but their status? */
export function isNarrowed(query: TaskQuery): boolean {
  return Object.keys(query).some((key) => key !== 'statuses')
}
