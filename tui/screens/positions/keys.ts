import type { Binding } from '../../keymap.ts'
import { openDetail } from '../task/state.ts'
import { askUrgent } from '../urgent.ts'
import { selectedPosition } from './state.ts'

export const positionsKeys: readonly Binding[] = [
  {
    keys: ['u'],
    does: 'make urgent, or take that back; asks first',
    short: 'urgent',
    press(state) {
      const position = selectedPosition(state)
      return askUrgent(
        state,
        position && { id: position.taskId, status: 'in_progress', urgent: position.urgent },
      )
    },
  },
  {
    keys: ['enter'],
    does: 'show the task',
    short: 'show',
    press: (state) => openDetail(state, selectedPosition(state)?.taskId),
  },
]
