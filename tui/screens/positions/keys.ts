import { askCancel } from '../../changes/cancel.ts'
import { askUrgent } from '../../changes/urgent.ts'
import type { Binding } from '../../keymap.ts'
import { openPage } from '../../pages/open.ts'
import { step, told } from '../../state.ts'
import { selectedPosition } from './state.ts'

export const positionsKeys: readonly Binding[] = [
  {
    keys: ['u'],
    does: 'make urgent, or take that back; asks first',
    short: 'urgent',
    command: 'jrctl urgent ID',
    press(state) {
      const position = selectedPosition(state)
      return askUrgent(
        state,
        position && {
          id: position.taskId,
          status: 'in_progress',
          urgent: position.urgent,
          assignedJr: position.worker,
        },
      )
    },
  },
  {
    keys: ['enter'],
    does: 'show the task',
    short: 'show',
    press(state) {
      const position = selectedPosition(state)
      return position
        ? openPage(state, 'task', String(position.taskId))
        : step(told(state, 'No task is chosen.', 'plain'))
    },
  },
  {
    keys: ['x'],
    does: 'cancel the task; asks first',
    short: 'cancel',
    command: 'jrctl tasks cancel ID',
    press(state) {
      const position = selectedPosition(state)
      return askCancel(
        state,
        position && {
          id: position.taskId,
          status: 'in_progress',
          assignedJr: position.worker,
          title: position.title,
        },
      )
    },
  },
]
