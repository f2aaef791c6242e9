import type { Binding } from '../../keymap.ts'
import { taskChanges } from '../../screens/tasks/keys.ts'
import { taskOfPage } from './state.ts'

export const taskKeys: readonly Binding[] = taskChanges((state) => taskOfPage(state)?.task)
