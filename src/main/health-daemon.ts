import type { ApiClient } from '../client/client.ts'
import type { HealthFacts } from '../cli/health/facts.ts'
import { messageOf, OperationalError } from '../errors.ts'
import { apiClient } from './api-client.ts'
import type { Origin } from './origin.ts'

/** A daemon that takes longer is no help to anybody. */
const patienceMs = 4_000

/** Notes what the daemon says of itself and its fleet. Answers whether it works on a database of this machine's own. */
export async function seeDaemon(
  facts: HealthFacts,
  { stateDir, timeoutMs }: { stateDir: string; timeoutMs: number },
  origin: Origin,
): Promise<{ embedded: boolean }> {
  const limitMs = Math.min(patienceMs, timeoutMs / 4)
  try {
    const client = await apiClient(origin)
    const status = await within(limitMs, origin, (signal) => client.call('status', {}, signal))
    const { phase, pid, uptimeMs } = status.daemon
    facts.daemon = { up: true, phase, pid, uptimeMs }
    facts.workers = status.workers
    facts.degraded = status.degraded ?? []
    facts.breaker = status.breaker ?? null
    facts.cluster = status.cluster ?? null
    facts.capacity = status.capacity ?? null
    facts.positions = status.positions.length
    if (status.database.state === 'up') facts.health = await fleetHealth(client, limitMs, origin)
    return { embedded: status.database.embedded }
  } catch (error) {
    // The reading of its lock loads SQLite, which nobody needs to wait for whose daemon answers.
    const { readOwner } = await import('../adapters/sqlite/lock.ts')
    facts.daemon = { up: false, problem: problemOf(error, limitMs), pid: readOwner(stateDir)?.pid ?? null }
    return { embedded: false }
  }
}

/** As the daemon judges it now; null where it does not say: it is an older one, or its look takes too long. */
async function fleetHealth(
  client: ApiClient,
  limitMs: number,
  origin: Origin,
): Promise<HealthFacts['health']> {
  try {
    const { snapshot } = await within(limitMs, origin, (signal) =>
      client.call('orchestratorSnapshot', {}, signal),
    )
    const { score, status, deductions } = snapshot.system
    return { score, status, deductions }
  } catch {
    return null
  }
}

/** Gives up on an answer that does not come in time. */
async function within<Answer>(
  limitMs: number,
  { clock }: Origin,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const late = new AbortController()
  const timer = clock.after(limitMs, () => late.abort())
  try {
    return await ask(late.signal)
  } catch (error) {
    throw late.signal.aborted ? new OperationalError('', { code: 'daemon.timeout', retryable: true }) : error
  } finally {
    timer.cancel()
  }
}

function problemOf(error: unknown, limitMs: number): string {
  const isLate = error instanceof OperationalError && error.code === 'daemon.timeout'
  return isLate ? `it did not answer within ${Math.round(limitMs)} ms` : messageOf(error)
}
