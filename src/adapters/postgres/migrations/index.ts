import {
  channelOf,
  claimOrder,
  dueAt,
  isAtWork,
  isDelivery,
  isReady,
  isTimed,
  isWaiting,
  lineOf,
  scoreOrder,
} from '../queue-expressions.ts'
import { sharedTablesMigration } from './0001-shared-tables.ts'
import { sideTablesMigration } from './0002-side-tables.ts'
import { triggerMigration } from './0003-trigger.ts'
import { boundsMigration } from './0004-bounds.ts'
import { countsMigration } from './0005-counts.ts'
import { clusterMigration } from './0006-cluster.ts'
import { cycleMigration } from './0007-cycle.ts'
import type { IndexSpec, Migration } from './migration.ts'

/** In order; versions count from 1 without a hole. */
export const migrations: readonly Migration[] = [
  sharedTablesMigration,
  sideTablesMigration,
  triggerMigration,
  boundsMigration,
  countsMigration,
  clusterMigration,
  cycleMigration,
]

/** What the schema is at when all of the above are applied. */
export const schemaVersion = migrations.length

const queue = 'jr_work_queue'

/**
 * Ready work and future work lie in indexes of their own, so that neither a backlog of future rows nor history is ever
 * scanned by a claim. The first matches the claim order to the letter: a claim reads its first entry.
 */
export const indexes: readonly IndexSpec[] = [
  {
    name: 'jr_work_queue_ready',
    sql: `on ${queue} ((${lineOf(queue)}), ${parenthesized(claimOrder(queue))}) where ${isReady(queue)}`,
  },
  {
    name: 'jr_work_queue_due',
    sql: `on ${queue} ((${dueAt(queue)}), id) where ${isTimed(queue)}`,
  },
  { name: 'jr_work_queue_at_work', sql: `on ${queue} (id) where ${isAtWork(queue)}` },
  // The dead letters, among any amount of history.
  { name: 'jr_work_queue_dead', sql: `on ${queue} (id) where ${queue}.status::text = 'failed'` },
  // Only tasks with a channel, a campaign or a score pay for these. Of a channel: whom a strict window that closes finds there, too.
  {
    name: 'jr_work_queue_ready_deliveries',
    sql: `on ${queue} ((${channelOf(queue)}), id) where ${isDelivery(queue)} and ${isReady(queue)}`,
  },
  {
    name: 'jr_work_queue_campaigns',
    sql: `on ${queue} (campaign_id, (${scoreOrder(queue)}), created_at, id)
  where campaign_id is not null and ${isWaiting(queue)}`,
  },
  { name: 'jr_work_queue_scored', sql: `on ${queue} (created_at) where score is not null` },
  { name: 'jr_work_queue_id', sql: `on ${queue} (id)`, unlessUnique: { table: queue, column: 'id' } },
  {
    name: 'jr_status_jr_name',
    sql: `on jr_status (jr_name)`,
    unlessUnique: { table: 'jr_status', column: 'jr_name' },
  },
  // What keeps a task from having two open attempts at once.
  { name: 'jr_attempts_open', sql: 'on jr_attempts (task_id) where ended_at is null', guards: 'jr_attempts' },
]

/** Index expressions stand in parentheses, their direction outside. */
function parenthesized(order: string): string {
  return splitTopLevel(order)
    .map((part) => (part.endsWith(' desc') ? `(${part.slice(0, -' desc'.length)}) desc` : `(${part})`))
    .join(', ')
}

/** At the commas that stand in no parentheses. */
function splitTopLevel(list: string): string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const character of list) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0
    if (character === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim())
}
