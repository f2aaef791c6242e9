import { below } from './judgement.ts'
import { downgrade } from './plans/downgrade.ts'
import type { BuiltInRule } from './rule.ts'

const averageMin = 40

export const lowScores: BuiltInRule = {
  name: 'low_scores',
  priority: 3,
  action: 'downgrade_task',
  condition: `the average score of the last 24 h is below ${averageMin}`,
  does: 'puts waiting tasks with a score below 40 off by 24 h, the worst first',
  looksAt: ['scores.average', 'scores.lowWaiting'],
  judge: ({ scores }) =>
    scores.average === null
      ? { verdict: 'holds_not', reason: 'no task of the last 24 h has a score' }
      : below(
          scores.average,
          averageMin,
          `the average score of the last 24 h is ${Number(scores.average.toFixed(1))}`,
        ),
  plan: ({ scores }, means) => downgrade(scores.lowWaiting, means),
}
