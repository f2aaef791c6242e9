import { isReady, isTimed, priorityOrder } from '../../queue-expressions.ts'
import { isOpenIntent, locked, type TaskAction } from './task-action.ts'

/** Tasks $6 that wait become the first of their kind; one that somebody put before that stays there. */
export const promoteTask: TaskAction = {
  picked: `select q.id, 'promote_task' as mark from jr_work_queue q
  where q.id = any ($6::bigint[]) and (${isReady('q')} or ${isTimed('q')}) and ${isOpenIntent} ${locked}`,
  changes: [
    `update jr_work_queue q set priority = 1 from picked
  where q.id = picked.id and ${priorityOrder('q')} > 1 returning q.id`,
  ],
}
