import { taskId } from '../../src/domain/ids.ts'
import type { Task } from '../../src/domain/task.ts'

/** A task as a plain insertion makes it, but for what the test says. */
export function aTask(more: Partial<Task> = {}): Task {
  return {
    id: taskId(1),
    title: 'a task',
    description: '',
    source: 'test',
    createdBy: 'test',
    assignedJr: null,
    status: 'pending',
    priority: 5,
    sacredFirePriority: 0,
    progressPercent: 0,
    progressNote: null,
    createdAt: 0,
    startedAt: null,
    completedAt: null,
    scheduledAt: null,
    urgent: false,
    urgentAt: null,
    urgentBy: null,
    attempts: 0,
    maxAttempts: 4,
    channel: null,
    score: null,
    campaignId: null,
    tags: [],
    result: null,
    error: null,
    version: 1,
    ...more,
  }
}
