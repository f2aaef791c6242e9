import { createClaimHolds } from '../adapters/postgres/claim-holds.ts'
import { requireSchema } from '../adapters/postgres/schema-state.ts'
import { serverUptimeMs } from '../adapters/postgres/sql/server-uptime.ts'
import { wouldRescue } from '../adapters/postgres/sql/would-rescue.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { systemRandom } from '../adapters/random.ts'
import type { HealthFacts, Healing } from '../cli/health/facts.ts'
import type { Policy } from '../config/policy.ts'
import { messageOf, OperationalError, UserError } from '../errors.ts'
import { howToStart } from './how-to-start.ts'
import { openQueue, type OpenedQueue } from './open-queue.ts'
import { note, type Origin, noQueueMadeUp } from './origin.ts'
import { silentLogger } from './silent-logger.ts'

interface DatabaseQuestion {
  policy: Policy
  timeoutMs: number
  /** The daemon works on a database of this machine's own, which it may have taken in a person's terminal. */
  embedded: boolean
}

/** Notes how the queue's database is, and heals in it what a seed's monitor would (in a dry run: counts it). */
export async function seeDatabase(
  facts: HealthFacts,
  question: DatabaseQuestion,
  origin: Origin,
): Promise<void> {
  let found: OpenedQueue | undefined
  try {
    found = await openForHealth(question, origin)
    await requireSchema(found.database)
    const queue = createTaskQueue(found.database)
    const healed = await heal(found, question.policy, facts.dryRun)
    Object.assign(facts.healed, healed)
    const holds = createClaimHolds(found.database)
    const [counts, jrs, heldNodes] = await Promise.all([queue.counts(), queue.jrs(), holds.held()])
    facts.queue = counts
    facts.jrs = jrs.map(({ jrName, online, lastSeenAgeMs }) => ({ name: jrName, online, lastSeenAgeMs }))
    facts.heldNodes = heldNodes
    facts.database = { up: true, target: found.target.describe() }
  } catch (error) {
    facts.database = {
      up: false,
      target: found?.target.describe() ?? null,
      problem: problemOf(error, found, origin),
      ...(isDenied(error) ? { isDenied: true } : {}),
    }
  } finally {
    await found?.close()
  }
}

/** Nobody can say of it that it is down. */
function isDenied(error: unknown): boolean {
  return error instanceof OperationalError && error.code === 'db.denied'
}

/** Of a schema that lacks something, of a database that is our own, and of one that others may know the next step is known. */
function problemOf(error: unknown, found: OpenedQueue | undefined, origin: Origin): string {
  return [messageOf(error), knownStep(error, found, origin)].filter((one) => one !== undefined).join('. ')
}

function knownStep(error: unknown, found: OpenedQueue | undefined, origin: Origin): string | undefined {
  if (error instanceof UserError && noQueueMadeUp(origin) !== null) return error.hint
  const isKnown =
    error instanceof OperationalError && (error.code === 'db.schema' || found?.embedded === true)
  return isKnown ? error.hint : undefined
}

function openForHealth(
  { policy, timeoutMs, embedded }: DatabaseQuestion,
  origin: Origin,
): Promise<OpenedQueue> {
  const bounded = (limitMs: number) => Math.min(limitMs, timeoutMs)
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
    refusal: embedded ? null : noQueueMadeUp(origin),
    applicationName: 'jrctl health-check',
    startEmbedded: false,
    start: howToStart(origin.installed),
    clock: origin.clock,
    random: systemRandom(),
    logger: silentLogger(),
    note: (text) => note(origin, text),
  })
}

async function heal(
  { database }: OpenedQueue,
  { queue: policy }: Policy,
  dryRun: boolean,
): Promise<Pick<Healing, 'rescuedTasks' | 'markedOffline'>> {
  // While the server was down nobody could renew: those who live have a lease's time to do so first.
  const mayHaveRenewed = (await serverUptimeMs(database)) > policy.leaseMs
  if (dryRun) {
    const found = await wouldRescue(database, policy.stuckAfterMs, policy.offlineAfterMs)
    return { rescuedTasks: found.stuck + (mayHaveRenewed ? found.expired : 0), markedOffline: found.silent }
  }
  const queue = createTaskQueue(database)
  const expired = mayHaveRenewed ? await queue.rescueExpired() : []
  const stuck = await queue.rescueStuck(policy.stuckAfterMs)
  const markedOffline = await queue.markSilentOffline(policy.offlineAfterMs)
  return { rescuedTasks: expired.length + stuck.length, markedOffline }
}
