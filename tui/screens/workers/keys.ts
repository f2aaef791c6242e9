import type { WorkerView } from '../../../src/domain/worker.ts'
import { askPause, askRestart, askRun } from '../../changes/worker.ts'
import type { Binding } from '../../keymap.ts'
import { openPage } from '../../pages/open.ts'
import { type AppState, step, told } from '../../state.ts'
import { openLog } from '../logs/open.ts'
import { selectedWorker, workerId } from './state.ts'

/** What can be done about one worker, wherever it is shown. */
export function workerBindings(shown: (state: AppState) => WorkerView | undefined): readonly Binding[] {
  return [
    {
      keys: ['r'],
      does: 'restart this instance; asks first',
      short: 'restart',
      command: 'jrctl workers restart JR --instance N',
      press: (state) => askRestart(state, shown(state)),
    },
    {
      keys: ['p'],
      does: 'pause the worker with all its instances, or resume it; asks first',
      short: 'pause',
      command: 'jrctl workers pause|resume JR',
      press: (state) => askPause(state, shown(state)),
    },
    {
      keys: ['S'],
      does: 'stop this instance, or start it; asks first',
      command: 'jrctl workers stop|start JR --instance N',
      press: (state) => askRun(state, shown(state)),
    },
    {
      keys: ['l'],
      does: 'read its log',
      short: 'log',
      press(state) {
        const worker = shown(state)
        if (!worker) return step(told(state, 'No worker is chosen.', 'plain'))
        return openLog(state, { jr: worker.name, instance: worker.slot })
      },
    },
  ]
}

export const workersKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'show the worker',
    short: 'show',
    press(state) {
      const worker = selectedWorker(state)
      return worker
        ? openPage(state, 'worker', workerId(worker))
        : step(told(state, 'No worker is chosen.', 'plain'))
    },
  },
  ...workerBindings(selectedWorker),
]
