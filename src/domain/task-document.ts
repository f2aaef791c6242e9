import type { JrName } from './ids.ts'
import type { Task } from './task.ts'

/** A task as a worker reads it. */
export interface TaskDocument {
  id: number
  title: string
  description: string
  source: string
  created_by: string
  assigned_jr: string | null
  jr_name: string
  attempt: number
  max_attempts: number
  priority: number
  sacred_fire_priority: number
  urgent: boolean
  channel: string | null
  score: number | null
  campaign_id: number | null
  tags: string[]
  /** ISO 8601, UTC, like all its times. */
  created_at: string | null
  scheduled_at: string | null
}

/**
 * The task as its worker reads it, on stdin or over the API: with the names of the table's columns, so that a program
 * written for the table finds its way.
 */
export function documentOf(claimed: { task: Task; jrName: JrName; attempt: number }): TaskDocument {
  const { task, attempt, jrName } = claimed
  return {
    id: task.id,
    title: task.title,
    description: task.description,
    source: task.source,
    created_by: task.createdBy,
    assigned_jr: task.assignedJr,
    jr_name: jrName,
    attempt,
    max_attempts: task.maxAttempts,
    priority: task.priority,
    sacred_fire_priority: task.sacredFirePriority,
    urgent: task.urgent,
    channel: task.channel,
    score: task.score,
    campaign_id: task.campaignId,
    tags: task.tags,
    created_at: iso(task.createdAt),
    scheduled_at: iso(task.scheduledAt),
  }
}

function iso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString()
}
