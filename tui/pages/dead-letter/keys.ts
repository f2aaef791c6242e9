import type { Binding } from '../../keymap.ts'
import { purgeOne, replayOne } from '../../screens/dead-letters/keys.ts'
import { openWorker } from '../../screens/tasks/worker-of.ts'
import { step, told } from '../../state.ts'
import { openPage } from '../open.ts'
import { letterOfPage } from './state.ts'

export const deadLetterKeys: readonly Binding[] = [
  {
    keys: ['R'],
    does: 'replay it: it is done again, or started; asks first',
    short: 'replay',
    command: 'jrctl dlq replay ID',
    press: (state) => replayOne(state, letterOfPage(state)?.letter),
  },
  {
    keys: ['D'],
    does: 'purge it, for good; wants a word typed',
    short: 'purge',
    command: 'jrctl dlq purge ID',
    press: (state) => purgeOne(state, letterOfPage(state)?.letter),
  },
  {
    keys: ['t'],
    does: 'show its task',
    short: 'task',
    press(state) {
      const task = letterOfPage(state)?.letter.taskId ?? null
      return task === null
        ? step(told(state, 'It is of no task.', 'plain'))
        : openPage(state, 'task', String(task))
    },
  },
  {
    keys: ['w'],
    does: 'show the worker of its Jr',
    press(state) {
      const view = letterOfPage(state)
      return view ? openWorker(state, view.letter.jrName, view.attempts) : step(state)
    },
  },
]
