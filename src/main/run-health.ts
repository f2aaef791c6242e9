import { statfs } from 'node:fs/promises'
import { nothingKnown, type HealthFacts } from '../cli/health/facts.ts'
import type { AlertTrialView, HealthCheck } from '../cli/local-services.ts'
import { loadConfig } from './read-config.ts'
import type { Origin } from './origin.ts'
import { onlyOne } from './only-one.ts'

interface HealthOptions {
  dryRun: boolean
  timeoutMs: number
}

/** Looks at daemon and database, heals what a seed's monitor would, and tells what only it can tell. */
export function runHealth(options: HealthOptions, origin: Origin): HealthCheck {
  const facts = nothingKnown(options.dryRun)
  return { facts, ended: examine(facts, options, origin) }
}

async function examine(
  facts: HealthFacts,
  { dryRun, timeoutMs }: HealthOptions,
  origin: Origin,
): Promise<boolean> {
  const startedMs = origin.clock.monotonicMs()
  const leftMs = () => Math.max(0, startedMs + timeoutMs - origin.clock.monotonicMs())
  const { policy } = await loadConfig(origin)
  const patience = { patienceMs: timeoutMs / 2, clock: origin.clock }
  const done = await onlyOne(`jrctl-health-check:${policy.stateDir}`, patience, async () => {
    const { seeDaemon } = await import('./health-daemon.ts')
    const [{ embedded }] = await Promise.all([
      seeDaemon(facts, { policy, timeoutMs }, origin),
      seeDisk(facts, policy.stateDir),
    ])
    const { seeDatabase } = await import('./health-database.ts')
    await seeDatabase(facts, { policy, timeoutMs: leftMs(), embedded }, origin)
    const { restartWhatIsDown } = await import('./health-restarts.ts')
    await restartWhatIsDown(facts, { policy, timeoutMs }, origin)
    // Where no daemon has ever been there is nothing to tell of, and nowhere to remember what was told.
    if (!dryRun && policy.alerts.length > 0 && facts.disk !== null) {
      const { tellFromCheck } = await import('./health-alerts.ts')
      const problems = await tellFromCheck(facts, { policy, timeoutMs: leftMs() }, origin)
      facts.degraded = [...facts.degraded, ...problems]
    }
    return true
  })
  facts.durationMs = origin.clock.monotonicMs() - startedMs
  return done !== null
}

/** Of a folder that is not there yet nothing is known. */
async function seeDisk(facts: HealthFacts, stateDir: string): Promise<void> {
  const disk = await statfs(stateDir).catch(() => null)
  if (disk !== null)
    facts.disk = { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize }
}

/** Tries every channel of alerts. */
export async function testAlerts(timeoutMs: number, origin: Origin): Promise<AlertTrialView[]> {
  const { policy } = await loadConfig(origin)
  const { tryAlerts } = await import('./health-alerts.ts')
  return await tryAlerts(policy, timeoutMs, origin)
}
