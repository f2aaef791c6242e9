import { healthTimer } from '../units/health-units.ts'
import { daemonUnit } from '../units/unit-name.ts'
import { isActive } from './old-fleet.ts'
import type { InstallWish } from './plan-install.ts'
import type { Refusal } from './step.ts'
import { type StartQuestion, type UnitState, whyOutdated } from './unit-state.ts'

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

/** What is so where something was installed and nothing is to be started, and what to do about it. */
export function nothingStarted(units: readonly string[], states: ReadonlyMap<string, UnitState>): string {
  const isUp = (name: string) => isActive(states.get(name) ?? { active: 'inactive' })
  const start = 'and with every start of the machine: jrctl install --enable'
  if (!isUp(daemonUnit)) return `Nothing was started. To start it, ${start}`
  const down = units.filter((name) => !isUp(name))
  if (down.length === 0) return 'The fleet runs on; nothing was started or restarted.'
  const unchecked = down.includes(healthTimer) ? ': until then nobody checks its health' : ''
  return `The fleet runs on; not started is ${down.join(' ')}${unchecked}. To start that, ${start}`
}
