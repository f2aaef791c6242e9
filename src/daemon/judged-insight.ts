import type { StatedAcceptance, TaskStanding } from '../domain/why/standing.ts'
import type { QueueInsight } from '../ports/queue-insight.ts'

/** An insight that also tells whether the conditions of those who could take an unassigned task hold for it. */
export function judgedInsight(insight: QueueInsight): QueueInsight {
  return {
    async sight(id) {
      const sighting = await insight.sight(id)
      if (sighting.kind !== 'seen') return sighting
      const { standing } = sighting
      return { ...sighting, standing: { ...standing, accepts: await judged(standing) } }
    },
  }
}

/** As the assignment judges them: what cannot be understood, or fails on the task, holds for none. */
async function judged({ task, online, accepts }: TaskStanding): Promise<StatedAcceptance[]> {
  const asked = new Set(online.some.map(({ name }) => name))
  const isAsked = ({ jrName, accepts: { when } }: StatedAcceptance) => when !== null && asked.has(jrName)
  if (!accepts.some(isAsked)) return accepts
  // Most fleets need no compiler.
  const { compileTaskCondition } = await import('../expressions/task-condition.ts')
  // Nodes state the same of a Jr that works on several.
  const verdicts = new Map<string, boolean>()
  const judge = (when: string): boolean => {
    const condition = compileTaskCondition(when)
    const verdict = condition.kind === 'condition' && condition.holds(task).holds
    verdicts.set(when, verdict)
    return verdict
  }
  const holds = (when: string) => verdicts.get(when) ?? judge(when)
  return accepts.map((stated) => {
    const { jrName, accepts: own } = stated
    return isAsked(stated) ? { jrName, accepts: own, holds: holds(own.when ?? '') } : stated
  })
}
