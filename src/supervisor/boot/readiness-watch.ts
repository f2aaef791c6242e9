import type { ReadyCheck, WorkerDefinition } from '../../config/policy.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ReadinessProbe } from '../../ports/readiness-probe.ts'
import { type CommandCheckDeps, endCutOffCheck, runCommandCheck } from './command-check.ts'

/** The first tries come quickly, for most programs are ready soon; each wait is twice the one before, up to `every`. */
const firstWaitMs = 50
/** On one machine a port answers at once or not at all. */
const connectMs = 1_000
/**
 * So much is looked at of the log of an adopted process that was not ready yet. A log may be huge, and most of it a hole that
 * its rotation has left.
 */
const lookBackBytes = 1024 * 1024

/** What is probed: one process of a worker. */
export interface Probed {
  definition: WorkerDefinition
  env: Record<string, string>
  instanceId: string
  /** An earlier daemon may have been at it. */
  adopted: boolean
  logFile: string
  /** Where its log began, in bytes; null: nobody knows. */
  logOffset: number | null
}

export interface WatchDeps extends CommandCheckDeps {
  probe: ReadinessProbe
}

/**
 * Probes until the process shows itself ready (null), or why that was given up. `note` hears why it is not ready yet. Goes on
 * for as long as the process lives: `signal` ends it. Tries never overlap. Never throws.
 */
export async function watchReadiness(
  deps: WatchDeps,
  check: ReadyCheck,
  probed: Probed,
  note: (why: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  switch (check.kind) {
    // Told by the clock and by the heartbeats, without a probe.
    case 'delay':
    case 'heartbeat':
      return 'not probed'
    case 'port': {
      const { host, port, everyMs } = check
      const at = `port ${port}${host === '127.0.0.1' ? '' : ` of ${host}`}`
      return tryUntil(
        deps.clock,
        everyMs,
        async () => {
          const why = await deps.probe.connect({ host, port }, connectMs, signal)
          return why === null ? null : `${at}: ${why}`
        },
        note,
        signal,
      )
    }
    case 'command': {
      const { command, everyMs } = check
      const { definition, env } = probed
      const mark = `${probed.instanceId}-check`
      if (probed.adopted) await endCutOffCheck(deps, mark, signal)
      const run = () => runCommandCheck(deps, { command, definition, env, mark }, signal)
      return tryUntil(deps.clock, everyMs, run, note, signal)
    }
    case 'log': {
      const { pattern } = check
      note(`its log does not show /${pattern}/ yet`)
      const file = probed.logFile
      const fromOffset = probed.logOffset ?? Math.max(0, (await deps.probe.logEnd(file)) - lookBackBytes)
      const why = await deps.probe.awaitLine({ file, fromOffset, pattern }, signal)
      if (why !== null) note(why)
      return why
    }
    default:
      return check satisfies never
  }
}

async function tryUntil(
  clock: Clock,
  everyMs: number,
  tryOnce: () => Promise<string | null>,
  note: (why: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(everyMs, waitMs * 2)) {
    const why = await tryOnce()
    if (why === null || signal.aborted) return why
    note(why)
    await clock.sleep(waitMs, signal).catch(() => {})
    if (signal.aborted) return why
  }
}
