import type { Binding } from '../../keymap.ts'
import { step } from '../../state.ts'
import { openDetail } from '../task/state.ts'
import { askUrgent } from '../urgent.ts'
import { filtered, selectedTask } from './state.ts'

export const tasksKeys: readonly Binding[] = [
  {
    keys: ['/'],
    does: 'filter by title and status: /licence failed',
    short: 'filter',
    press: (state) => step({ ...state, message: null, tasks: { ...state.tasks, editing: true } }),
  },
  {
    keys: ['enter'],
    does: 'show the task',
    short: 'show',
    press: (state) => openDetail(state, selectedTask(state)?.id),
  },
  {
    keys: ['u'],
    does: 'make urgent, or take that back; asks first',
    short: 'urgent',
    press: (state) => askUrgent(state, selectedTask(state)),
  },
  { keys: ['esc'], does: 'drop the filter', press: (state) => filtered(state, '', false) },
]
