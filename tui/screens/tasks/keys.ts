import { askCancel } from '../../changes/cancel.ts'
import { askRetry } from '../../changes/retry.ts'
import { askUrgent } from '../../changes/urgent.ts'
import type { Binding } from '../../keymap.ts'
import type { ListedTask, Task } from '../../../src/domain/task.ts'
import { openPage } from '../../pages/open.ts'
import { type AppState, step, told } from '../../state.ts'
import { selectedTask } from './state.ts'

/** What can be done to a task, wherever it is shown. */
export function taskChanges(chosen: (state: AppState) => Task | ListedTask | undefined): readonly Binding[] {
  return [
    {
      keys: ['u'],
      does: 'make urgent, or take that back; asks first',
      short: 'urgent',
      command: 'jrctl urgent ID',
      press: (state) => askUrgent(state, chosen(state)),
    },
    {
      keys: ['x'],
      does: 'cancel; asks first',
      short: 'cancel',
      command: 'jrctl tasks cancel ID',
      press: (state) => askCancel(state, chosen(state)),
    },
    {
      keys: ['R'],
      does: 'have it done again, or now instead of later; asks first',
      short: 'retry',
      command: 'jrctl tasks retry ID',
      press: (state) => askRetry(state, chosen(state)),
    },
  ]
}

export const tasksKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'show the task, and why it stands where it stands',
    short: 'show',
    press(state) {
      const task = selectedTask(state)
      return task
        ? openPage(state, 'task', String(task.id))
        : step(told(state, 'No task is chosen.', 'plain'))
    },
  },
  ...taskChanges(selectedTask),
]
