import { type TaskStatus, taskStatuses } from '../../../src/domain/task.ts'

export interface TaskQuery {
  statuses?: TaskStatus[]
  search?: string
}

/** What a person can type; the API takes a title's length. */
export const filterCharactersMax = 100

/** What was typed after `/`: words that are statuses choose by status, the rest is looked for in titles. */
export function queryOf(filter: string): TaskQuery {
  const words = filter.split(/\s+/).filter((word) => word !== '')
  const statuses = taskStatuses.filter((status) => words.includes(status))
  const search = words.filter((word) => !(taskStatuses as readonly string[]).includes(word)).join(' ')
  return { ...(statuses.length > 0 ? { statuses } : {}), ...(search === '' ? {} : { search }) }
}
