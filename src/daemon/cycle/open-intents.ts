import type { ExecutionView } from '../../contract/orchestrator.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import { duration } from '../../domain/duration-words.ts'
import { execute, type ExecuteDeps } from './execute.ts'

/** What was decided longer ago was decided of another world. */
const intentMaxMs = 600_000

/**
 * Ends what was decided and not finished: by a leader that died, or a pass whose database went away. It is acted upon by its id,
 * so that nothing is done twice; too old, or in the mode `observe`, it is given up and says so.
 * @param nowMs by the database's clock
 * @returns what came of them, and the failure that kept the rest open; null: deposed
 */
export async function finishOpenIntents(
  deps: ExecuteDeps & { store: Pick<CycleStore, 'openIntents'> },
  mandate: Mandate,
  { mayAct, nowMs }: { mayAct: boolean; nowMs: number },
): Promise<{ executions: ExecutionView[]; failure: unknown } | null> {
  const executions: ExecutionView[] = []
  for (const { decision, decidedAt } of await deps.store.openIntents()) {
    const why = reasonToGiveUp(mayAct, nowMs - decidedAt)
    if (why !== null) {
      const settled = await deps.store.settle(mandate, decision.id, { error: why })
      if (!settled.led) return null
      executions.push({ decision, state: 'failed', result: null, error: why })
      continue
    }
    const done = await execute(deps, mandate, decision)
    if (done === 'deposed') return null
    executions.push(done.execution)
    if (done.kind === 'away') return { executions, failure: done.error }
  }
  return { executions, failure: null }
}

function reasonToGiveUp(mayAct: boolean, ageMs: number): string | null {
  if (!mayAct) return 'it was not acted upon before the mode became observe'
  return ageMs > intentMaxMs
    ? `nobody acted upon it for ${duration(ageMs)}, and the queue has changed since`
    : null
}
