import { createQueueInsight } from '../adapters/postgres/queue-insight.ts'
import { requireSchema } from '../adapters/postgres/schema-state.ts'
import type { WhyQuestion } from '../cli/local-services.ts'
import type { WhyView } from '../contract/outputs.ts'
import { apiVersion } from '../contract/views.ts'
import { judgedInsight } from '../daemon/judged-insight.ts'
import { createChannelWindows } from '../daemon/windows/channel-windows.ts'
import { windowStanding } from '../domain/why/window.ts'
import { explain, explainBarred } from '../domain/why/explain.ts'
import { exitCode, UserError } from '../errors.ts'
import { openForLook } from './open-for-look.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** `jrctl why` without a daemon. @throws UserError (exit 3) when there is no such task */
export async function runWhy({ id, daemonProblem }: WhyQuestion, origin: Origin): Promise<WhyView> {
  const { policy } = await loadConfig(origin)
  const opened = await openForLook('jrctl why', policy, origin)
  try {
    await requireSchema(opened.database)
    const sighting = await judgedInsight(createQueueInsight(opened.database, policy.queue)).sight(id)
    if (sighting.kind === 'not_found') throw notFound(id)
    if (sighting.kind === 'barred') return { apiVersion, ...explainBarred(id, sighting.locks), facts: null }
    const { task, ...facts } = sighting.standing
    const nowMs = origin.clock.wallMs()
    const window = windowStanding(task, createChannelWindows(policy.windows).views(nowMs), nowMs)
    const daemon = { up: false, problem: daemonProblem } as const
    const why = explain({ standing: sighting.standing, daemon, window })
    return { apiVersion, ...why, facts }
  } finally {
    await opened.close()
  }
}

function notFound(id: number): UserError {
  return new UserError(`There is no task ${id}`, { hint: 'See `jrctl tasks list`.', exit: exitCode.notFound })
}
