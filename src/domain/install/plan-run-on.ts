import { daemonUnit } from '../units/unit-name.ts'
import type { InstallWish } from './plan-install.ts'
import type { Refusal } from './step.ts'
import { type StartQuestion, whyOutdated } from './unit-state.ts'

interface RunOnPlan {
  refusals: Refusal[]
  warnings: string[]
}

/**
 * What is to be said of units that run on as they are, for nothing is started. The profile is never changed below a daemon that runs:
 * when that died, systemd would start the other one, beside the workers of the one before, or without any.
 */
export function planRunOn(
  question: StartQuestion,
  { profile, enable, unready }: Pick<InstallWish, 'profile' | 'enable' | 'unready'>,
): RunOnPlan {
  const { units, states, running } = question
  const daemon = states.get(daemonUnit)
  const profileNow = running.get(daemonUnit)?.profile ?? profile
  if (daemon?.active === 'active' && profileNow !== profile)
    return {
      refusals: [
        {
          message: `${daemonUnit} runs in the profile ${profileNow}, and another one comes with its restart`,
          hint:
            enable && unready !== null
              ? `It cannot be started now: ${unready.message}. ${unready.hint}`
              : 'Restart it with the change: --enable',
        },
      ],
      warnings: [],
    }
  const outdated = units.flatMap((name) => {
    const state = states.get(name)
    const why = state === undefined ? null : whyOutdated(state, question)
    return why === null ? [] : [`${name} runs on as it is (${why}): --enable restarts it`]
  })
  return { refusals: [], warnings: outdated }
}
