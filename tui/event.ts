import type { TaskDetailView, UrgentView } from '../src/contract/outputs.ts'
import type { StatusView } from '../src/contract/views.ts'
import type { Task } from '../src/domain/task.ts'
import type { Key } from './key-name.ts'
import type { Effect, Link, Now, Size } from './state.ts'

/** Everything that moves the state. Nothing else does. */
export type AppEvent =
  | { kind: 'key'; key: Key }
  | { kind: 'pasted'; text: string }
  | { kind: 'resized'; size: Size }
  /** Once a second. */
  | { kind: 'tick'; now: Now }
  | { kind: 'status'; status: StatusView; now: Now }
  /** The daemon says that something is different. */
  | { kind: 'changed' }
  | { kind: 'link'; link: Link }
  | { kind: 'tasks'; filter: string; limit: number; tasks: readonly Task[] }
  | { kind: 'task'; view: TaskDetailView }
  | { kind: 'urgent_set'; answer: UrgentView; undo: boolean }
  /** What was asked did not work out. */
  | { kind: 'failed'; effect: Effect; reason: string }
