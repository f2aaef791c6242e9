import { askUrgent } from '../../changes/urgent.ts'
import type { Binding } from '../../keymap.ts'
import { openPage } from '../../pages/open.ts'
import { step, told } from '../../state.ts'
import { selectedTask } from './state.ts'

export const tasksKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'show the task',
    short: 'show',
    press(state) {
      const task = selectedTask(state)
      return task
        ? openPage(state, 'task', String(task.id))
        : step(told(state, 'No task is chosen.', 'plain'))
    },
  },
  {
    keys: ['u'],
    does: 'make urgent, or take that back; asks first',
    short: 'urgent',
    press: (state) => askUrgent(state, selectedTask(state)),
  },
]
