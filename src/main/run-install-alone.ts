import { isSameWork } from '../domain/install/same-work.ts'
import type { InstallPlan } from '../domain/install/step.ts'
import { OperationalError } from '../errors.ts'
import { onlyOne } from './only-one.ts'
import type { Origin } from './origin.ts'
import type { InstallPlace } from './run-install-place.ts'

/**
 * Carries out a plan as the only one that changes this installation, and only if it still says what has to be done: between the look
 * and the yes another one may have been at work.
 * @param lookAgain plans anew, now that nobody else changes anything.
 */
export async function alone<T>(
  { layout: { root, record } }: InstallPlace,
  { clock }: Pick<Origin, 'clock'>,
  plan: InstallPlan,
  { lookAgain, carryOut }: { lookAgain: () => Promise<InstallPlan>; carryOut: () => Promise<T> },
): Promise<T> {
  const done = await onlyOne(`install ${root}${record}`, { patienceMs: 0, clock }, async () => {
    const now = await lookAgain()
    if (!isSameWork(plan.steps, now.steps) || now.refusals.length > plan.refusals.length)
      throw new OperationalError('somebody has changed what is installed since the plan was made', {
        code: 'install.changed',
        retryable: true,
        hint: 'Nothing was done. Run this again: it looks anew.',
      })
    return { answer: await carryOut() }
  })
  if (done !== null) return done.answer
  throw new OperationalError('another jrctl install or uninstall is at work on this installation', {
    code: 'install.busy',
    retryable: true,
    hint: 'Nothing was done. Wait for its end, then run this again: it looks anew. Who: pgrep -fa "jrctl|main.js" | grep install',
  })
}
