import type { TaskStatus } from '../../domain/task.ts'

const styles = {
  pending: 'white',
  scheduled: 'dim',
  assigned: 'white',
  in_progress: 'cyan',
  retry: 'yellow',
  completed: 'green',
  failed: 'red',
  cancelled: 'dim',
} as const satisfies Record<TaskStatus, string>

export function taskStyle(status: TaskStatus): (typeof styles)[TaskStatus] {
  return styles[status]
}
