import type { Binding } from '../../keymap.ts'
import { taskChanges } from '../../screens/tasks/keys.ts'
import { openWorker } from '../../screens/tasks/worker-of.ts'
import { step } from '../../state.ts'
import { taskOfPage } from './state.ts'

export const taskKeys: readonly Binding[] = [
  ...taskChanges((state) => taskOfPage(state)?.task),
  {
    keys: ['w'],
    does: 'show the worker that is at it',
    short: 'worker',
    press(state) {
      const view = taskOfPage(state)
      return view ? openWorker(state, view.task.assignedJr, view.attempts) : step(state)
    },
  },
]
