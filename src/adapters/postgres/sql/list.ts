import { channelKey } from '../../../domain/channel.ts'
import type { ListedTask, TaskStatus } from '../../../domain/task.ts'
import type { TaskFilter } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { channelOf, isAtWork, statusOf } from '../queue-expressions.ts'
import { isDead } from './dead-letter-row.ts'
import { listedTaskColumns, listedTaskOfRow, taskTables, type ListedTaskRow } from './task-row.ts'

const limitMax = 1_000

function inStatus(statuses: readonly TaskStatus[], parameter: (value: unknown) => string): string {
  const [only, ...others] = statuses
  if (others.length === 0 && only === 'in_progress') return isAtWork('q')
  if (others.length === 0 && only === 'failed') return isDead('q')
  return `${statusOf('q')} = any (${parameter(statuses)}::text[])`
}

/** What a row shows of itself in words: its title, or whose it is. */
function isLike(text: string): string {
  const found = (column: string) => `strpos(lower(${column}::text), lower(${text}::text)) > 0`
  return `(${found('q.title')} or ${found('q.assigned_jr')})`
}

/**
 * Newest first. Plan: primary key backwards, filtered, until the limit is full; what operators ask for first, the few at work
 * or dead among millions, by the indexes that hold just these. Large values stay behind: a thousand results of a megabyte
 * would be the end of the daemon that asks.
 */
export async function list(db: Queryable, filter: TaskFilter): Promise<ListedTask[]> {
  const values: unknown[] = []
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const conditions = [
    filter.statuses && inStatus(filter.statuses, parameter),
    filter.jrName && `q.assigned_jr::text = ${parameter(filter.jrName)}`,
    filter.before && `q.id < ${parameter(filter.before)}`,
    filter.channel && `${channelOf('q')} = ${parameter(channelKey(filter.channel))}`,
    filter.campaignId && `q.campaign_id = ${parameter(filter.campaignId)}`,
    filter.search && isLike(parameter(filter.search)),
  ].filter((condition): condition is string => typeof condition === 'string' && condition !== '')
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  const limit = parameter(Math.min(limitMax, Math.max(1, filter.limit)))
  const rows = await db.query<ListedTaskRow>(
    `select ${listedTaskColumns} from ${taskTables} ${where} order by q.id desc limit ${limit}`,
    values,
  )
  return rows.map(listedTaskOfRow)
}
