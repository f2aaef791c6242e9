import type { Claimed } from '../ports/task-queue.ts'

/**
 * The task as its command reads it on stdin: one JSON document with the names of the table's columns, so that a program
 * written for the table finds its way. Times are ISO 8601, UTC.
 */
export function taskDocument({ task, attempt, jrName }: Claimed): string {
  return JSON.stringify({
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
  })
}

function iso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString()
}
