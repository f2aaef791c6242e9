import { parseTaskId } from '../../../src/domain/ids.ts'
import type { Page } from '../page.ts'
import { taskKeys } from './keys.ts'
import { shownTask } from './state.ts'
import { taskText } from './text.ts'

export const taskPage: Page = {
  title: 'This task',
  keys: taskKeys,
  lines(state, id) {
    const view = shownTask(state, id)
    return view ? taskText(view, state.size.columns) : null
  },
  wants(_, id) {
    const parsed = parseTaskId(id)
    return parsed === undefined ? [] : [{ source: 'task', by: { id: parsed } }]
  },
}
