import { channelKey } from '../../channel.ts'
import type { Snapshot, TaskRef } from '../snapshot.ts'
import { counted, some } from './judgement.ts'
import { promote } from './plans/promote.ts'
import type { BuiltInRule } from './rule.ts'

export const highScoresInWindow: BuiltInRule = {
  name: 'high_scores_in_window',
  priority: 7,
  action: 'promote_task',
  condition: 'a task with a score above 80 waits while the window of its channel is open',
  does: 'gives such tasks priority 1, the best score first; never makes them urgent',
  looksAt: ['scores.highWaiting', 'scheduler.open'],
  judge: (snapshot) => {
    const tasks = inOpenWindow(snapshot)
    const channels = [...new Set(tasks.map(({ channel }) => channelKey(channel ?? '')))]
    return some(
      channels,
      (channel) => channel,
      (names) =>
        `${counted(tasks.length, 'task with a score above 80 waits', 'tasks with scores above 80 wait')} while the window of ${names} is open`,
      'no task with a score above 80 waits for a channel whose window is open',
    )
  },
  plan: (snapshot, means) => promote(inOpenWindow(snapshot), means),
}

function inOpenWindow({ scores, scheduler }: Snapshot): TaskRef[] {
  const open = new Set(scheduler.open)
  return scores.highWaiting.filter(({ channel }) => channel !== null && open.has(channelKey(channel)))
}
