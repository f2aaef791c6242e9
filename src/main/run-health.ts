import { createClaimHolds } from '../adapters/postgres/claim-holds.ts'
import { requireSchema } from '../adapters/postgres/schema-state.ts'
import { serverUptimeMs } from '../adapters/postgres/sql/server-uptime.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { systemRandom } from '../adapters/random.ts'
import type { HealthFacts } from '../cli/health/judge.ts'
import type { Policy } from '../config/policy.ts'
import { messageOf, OperationalError } from '../errors.ts'
import type { TaskQueue } from '../ports/task-queue.ts'
import { apiClient } from './api-client.ts'
import { onlyOne } from './only-one.ts'
import { openQueue, type OpenedQueue } from './open-queue.ts'
import { note, type Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'
import { silentLogger } from './silent-logger.ts'

interface HealthOptions {
  dryRun: boolean
  timeoutMs: number
}

/** Looks at daemon and database, heals what a seed's monitor would; null when another check is at it. */
export async function runHealth(options: HealthOptions, origin: Origin): Promise<HealthFacts | null> {
  const startedMs = origin.clock.monotonicMs()
  const { policy } = await loadConfig(origin)
  return onlyOne(`jrctl-health-check:${policy.stateDir}`, async () => {
    const { embedded, ...daemon } = await askDaemon(origin)
    const database = await askDatabase(options, policy, embedded, origin)
    const durationMs = origin.clock.monotonicMs() - startedMs
    return { ...daemon, ...database, dryRun: options.dryRun, durationMs }
  })
}

async function askDaemon(
  origin: Origin,
): Promise<Pick<HealthFacts, 'daemon' | 'workers' | 'degraded'> & { embedded: boolean }> {
  try {
    const { daemon, workers, database, degraded = [] } = await (await apiClient(origin)).call('status', {})
    const { phase, pid, uptimeMs } = daemon
    return { daemon: { up: true, phase, pid, uptimeMs }, workers, degraded, embedded: database.embedded }
  } catch (error) {
    return { daemon: { up: false, problem: messageOf(error) }, workers: [], degraded: [], embedded: false }
  }
}

type DatabaseFacts = Pick<HealthFacts, 'database' | 'queue' | 'jrs' | 'heldNodes' | 'healed'>

async function askDatabase(
  options: HealthOptions,
  policy: Policy,
  /** The daemon works on a database of this machine's own, which it may have taken in a person's terminal. */
  embedded: boolean,
  origin: Origin,
): Promise<DatabaseFacts> {
  const nothing = { queue: null, jrs: [], heldNodes: [], healed: { rescuedTasks: 0, markedOffline: [] } }
  let found: OpenedQueue | undefined
  try {
    found = await openForHealth(options, policy, embedded, origin)
    await requireSchema(found.database)
    const queue = createTaskQueue(found.database)
    const healed = options.dryRun
      ? nothing.healed
      : await heal(queue, policy, await serverUptimeMs(found.database))
    const holds = createClaimHolds(found.database)
    const [counts, jrs, heldNodes] = await Promise.all([queue.counts(), queue.jrs(), holds.held()])
    return {
      database: { up: true, target: found.target.describe() },
      queue: counts,
      jrs: jrs.map(({ jrName, online, lastSeenAgeMs }) => ({ name: jrName, online, lastSeenAgeMs })),
      heldNodes,
      healed,
    }
  } catch (error) {
    const target = found?.target.describe() ?? null
    return { database: { up: false, target, problem: problemOf(error) }, ...nothing }
  } finally {
    await found?.close()
  }
}

/** Of a schema that lacks something the next step is known. */
function problemOf(error: unknown): string {
  const hint = error instanceof OperationalError && error.code === 'db.schema' ? error.hint : undefined
  return [messageOf(error), hint].filter((one) => one !== undefined).join('. ')
}

async function openForHealth(
  options: HealthOptions,
  policy: Policy,
  embedded: boolean,
  origin: Origin,
): Promise<OpenedQueue> {
  const bounded = (limitMs: number) => Math.min(limitMs, options.timeoutMs)
  const { queue } = policy
  return openQueue({
    policy: {
      ...policy,
      queue: {
        ...queue,
        poolSize: 2,
        connectTimeoutMs: bounded(queue.connectTimeoutMs),
        statementTimeoutMs: bounded(queue.statementTimeoutMs),
      },
    },
    env: origin.process.env,
    onTerminal: embedded || origin.process.stderr.isTTY,
    applicationName: 'jrctl health-check',
    startEmbedded: false,
    clock: origin.clock,
    random: systemRandom(),
    logger: silentLogger(),
    note: (text) => note(origin, text),
  })
}

async function heal(queue: TaskQueue, policy: Policy, uptimeMs: number): Promise<HealthFacts['healed']> {
  // While the server was down nobody could renew: those who live have a lease's time to do so first.
  const expired = uptimeMs > policy.queue.leaseMs ? await queue.rescueExpired() : []
  const stuck = await queue.rescueStuck(policy.queue.stuckAfterMs)
  const markedOffline = await queue.markSilentOffline(policy.queue.offlineAfterMs)
  return { rescuedTasks: expired.length + stuck.length, markedOffline }
}
