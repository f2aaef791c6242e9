import { above, counted } from './judgement.ts'
import { schedule } from './plans/schedule.ts'
import type { BuiltInRule } from './rule.ts'

const highMax = 3

export const highScores: BuiltInRule = {
  name: 'high_scores',
  priority: 6,
  action: 'schedule_task',
  condition: `more than ${highMax} tasks of the last 24 h have a score above 80`,
  does: 'brings those that wait into the window of their channel, the best score first',
  looksAt: ['scores.high', 'scores.highWaiting', 'scheduler.windows'],
  judge: ({ scores }) =>
    above(
      scores.high,
      highMax,
      counted(
        scores.high,
        'task of the last 24 h has a score above 80',
        'tasks of the last 24 h have a score above 80',
      ),
    ),
  plan: (snapshot, means) => schedule(snapshot.scores.highWaiting, snapshot, means),
}
