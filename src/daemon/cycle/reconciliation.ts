import type { ActionResult } from '../../domain/cycle/decision.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Mandate } from '../../ports/leadership.ts'
import { within } from './deadline.ts'

/** One thing that is looked over and brought back into agreement. Safe to repeat. */
export interface ReconciliationStep {
  name: string
  /** Answers what it found, in plain words; null: nothing was amiss. */
  run(mandate: Mandate): Promise<string | null>
}

const stepMs = 10_000

/**
 * Does every step, each within its time; one that fails holds up no other. All of them have failed: so has the whole.
 * @throws the last failure
 */
export async function reconcile(
  steps: readonly ReconciliationStep[],
  mandate: Mandate,
  clock: Clock,
): Promise<ActionResult> {
  const found: string[] = []
  let failures = 0
  let last: unknown = null
  for (const step of steps) {
    const { name } = step
    try {
      const what = await within(clock, stepMs, name, () => step.run(mandate))
      if (what !== null) found.push(`${name}: ${what}`)
    } catch (error) {
      failures += 1
      last = error
      found.push(`${name}: not done, ${messageOf(error)}`)
    }
  }
  if (failures > 0 && failures === steps.length) throw last
  const names = steps.map(({ name }) => name).join(', ')
  const looked = `looked over ${names}`
  return {
    changed: [],
    note: found.length === 0 ? `${looked}; nothing was amiss` : `${looked}. ${found.join('; ')}`,
  }
}
