import { parseTaskId } from '../../../src/domain/ids.ts'
import type { Page } from '../page.ts'
import { taskKeys } from './keys.ts'
import { shownTask, shownWhy } from './state.ts'
import { taskText } from './text.ts'

export const taskPage: Page = {
  title: 'This task',
  keys: taskKeys,
  ages: true,
  lines(state, id) {
    const view = shownTask(state, id)
    if (view === undefined) return null
    return taskText(view, shownWhy(state, id), state.size.columns, state.status.at.wallMs)
  },
  wants(_, given) {
    const id = parseTaskId(given)
    if (id === undefined) return []
    return [
      { source: 'task', by: { id } },
      { source: 'why', by: { id } },
    ]
  },
}
