import { acceptsTags, type Acceptance, type OfferedTask } from '../../domain/acceptance.ts'
import type { JrName } from '../../domain/ids.ts'
import type { TaskCondition } from '../../expressions/task-condition.ts'
import type { JrAcceptance } from '../../ports/nodes.ts'

/** Whether a Jr accepts a task, by all that is stated of it. */
type Judge = (jr: JrName, task: OfferedTask) => boolean
/** Told of an expression that cannot be understood, or that fails on a task; then nothing is accepted. */
type Broken = (jr: JrName, when: string, reason: string) => void

/** Compiled expressions that are kept; there are as many as Jrs who state one. */
const compiledMax = 1_000

/** Compiles each expression once. The compiler is loaded with the first: most fleets need none. */
export function createJudges(): (stated: readonly JrAcceptance[], broken: Broken) => Promise<Judge> {
  const compiled = new Map<string, TaskCondition>()

  return async (stated, broken) => {
    const missing = stated.flatMap(({ accepts: { when } }) =>
      when === null || compiled.has(when) ? [] : [when],
    )
    if (compiled.size + missing.length > compiledMax) compiled.clear()
    if (missing.length > 0) {
      const { compileTaskCondition } = await import('../../expressions/task-condition.ts')
      for (const when of missing) compiled.set(when, compileTaskCondition(when))
    }
    const isAccepted = (jr: JrName, accepts: Acceptance, task: OfferedTask): boolean => {
      if (!acceptsTags(accepts, task)) return false
      if (accepts.when === null) return true
      const { holds, error } = verdict(compiled.get(accepts.when), task)
      if (error !== null) broken(jr, accepts.when, error)
      return holds
    }
    return (jr, task) => stated.every((one) => one.jrName !== jr || isAccepted(jr, one.accepts, task))
  }
}

function verdict(
  condition: TaskCondition | undefined,
  task: OfferedTask,
): { holds: boolean; error: string | null } {
  if (condition?.kind === 'condition') return condition.holds(task)
  return { holds: false, error: condition?.reason ?? 'it was not compiled' }
}
