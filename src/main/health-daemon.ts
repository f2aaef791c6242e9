import { readStat } from '../adapters/process/proc.ts'
import { createClient } from '../client/client.ts'
import type { ApiClient } from '../client/client.ts'
import type { HealthFacts } from '../cli/health/facts.ts'
import type { Policy } from '../config/policy.ts'
import { messageOf, OperationalError } from '../errors.ts'
import { userName } from './api-client.ts'
import type { Origin } from './origin.ts'
import { ownerOf } from './owner-of.ts'

/** A daemon whose database has just fallen silent takes up to its statement timeout to notice; who takes longer is no help. */
const patienceMs = 6_000
/** Of one that only says that it lives. */
const signOfLifeMs = 1_000

/** The daemon of this configuration, asked with little patience and without a word to whom cron sends what is said. */
export function checkClient({ api }: Policy, timeoutMs: number, { process, clock }: Origin): ApiClient {
  return createClient({
    socketPath: api.socket,
    actor: `cli:${userName(process)}`,
    clock,
    timeoutMs: Math.min(patienceMs, timeoutMs / 3),
  })
}

/** Notes what the daemon says of itself and its fleet. Answers whether it works on a database of this machine's own. */
export async function seeDaemon(
  facts: HealthFacts,
  { policy, timeoutMs }: { policy: Policy; timeoutMs: number },
  origin: Origin,
): Promise<{ embedded: boolean }> {
  try {
    const client = checkClient(policy, timeoutMs, origin)
    const status = await client.call('status', {})
    const { phase, pid, uptimeMs } = status.daemon
    facts.daemon = { up: true, phase, pid, uptimeMs }
    facts.workers = status.workers
    facts.degraded = status.degraded ?? []
    facts.breaker = status.breaker ?? null
    facts.cluster = status.cluster ?? null
    facts.capacity = status.capacity ?? null
    facts.positions = status.positions.length
    if (status.database.state === 'up') facts.health = await fleetHealth(client)
    return { embedded: status.database.embedded }
  } catch (error) {
    facts.daemon = (await deniedTo(error, policy)) ??
      (await livesAtLeast(error, policy, origin)) ?? {
        up: false,
        problem: messageOf(error),
        pid: await livingOwner(policy.stateDir),
      }
    return { embedded: false }
  }
}

async function deniedTo(error: unknown, { stateDir }: Policy): Promise<HealthFacts['daemon']> {
  if (!(error instanceof OperationalError) || error.code !== 'daemon.denied') return null
  const owner = await ownerOf(stateDir)
  const whom = owner === null ? 'the account of the daemon' : `${owner}: sudo -u ${owner} jrctl health-check`
  return {
    up: false,
    pid: null,
    isDenied: true,
    problem: `the daemon is not for this account to ask; ask as ${whom}`,
  }
}

/** One that gives no status in time may well be up: its answer then waits for the database, and is no sign of its own death. */
async function livesAtLeast(error: unknown, policy: Policy, origin: Origin): Promise<HealthFacts['daemon']> {
  if (!(error instanceof OperationalError) || error.code !== 'daemon.timeout') return null
  try {
    const { daemon } = await checkClient(policy, 3 * signOfLifeMs, origin).call('health', {})
    return daemon === undefined ? null : { up: true, phase: 'slow', pid: daemon.pid, uptimeMs: null }
  } catch {
    return null
  }
}

/** As the daemon judges it now; null where it does not say: it is an older one, or its look takes too long. */
async function fleetHealth(client: ApiClient): Promise<HealthFacts['health']> {
  try {
    const { score, status, deductions } = (await client.call('orchestratorSnapshot', {})).snapshot.system
    return { score, status, deductions }
  } catch {
    return null
  }
}

/** The reading of its lock loads SQLite, which nobody needs to wait for whose daemon answers. */
async function livingOwner(stateDir: string): Promise<number | null> {
  const { readOwner } = await import('../adapters/sqlite/lock.ts')
  const pid = readOwner(stateDir)?.pid ?? null
  return pid === null || readStat(pid)?.zombie === true ? null : pid
}
