import type { TaskStatus } from '../domain/task.ts'

export interface QueueCountsView {
  byStatus: Record<TaskStatus, number>
  oldestReadyMs: number | null
}
