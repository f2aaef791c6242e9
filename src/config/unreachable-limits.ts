import { restartDelayMs } from '../domain/backoff.ts'
import { formatDuration } from './durations.ts'
import type { Policy, SupervisorPolicy, WorkerDefinition } from './policy.ts'
import { quote } from './quote.ts'

/** More names than these are counted. */
const namesShown = 3

/**
 * Warnings of breakers that cannot trip, because the waits between restarts leave too few failures in their windows: 50 an
 * hour are never reached by one worker that waits 72 s each time.
 */
export function unreachableLimits({ supervisor, workers }: Pick<Policy, 'supervisor' | 'workers'>): string[] {
  const restarted = workers.filter(({ restart, instances }) => restart !== 'never' && instances > 0)
  return [...workerWarnings(supervisor, restarted), ...fleetWarnings(supervisor, restarted)]
}

function workerWarnings(policy: SupervisorPolicy, workers: readonly WorkerDefinition[]): string[] {
  const { breakerFailures: limit, breakerWindowMs: windowMs } = policy
  const failures = mostFailures(policy, windowMs, limit)
  const barred = workers.filter(({ instances }) => failures * instances < limit)
  if (limit === 0 || barred.length === 0) return []
  const needed = formatDuration(Math.ceil((shortestSpanMs(policy, limit) + 1) / 1000) * 1000)
  return [
    `supervisor.breaker_failures = ${limit} cannot be reached within breaker_window = "${formatDuration(windowMs)}" ` +
      `by ${namesOf(barred)}: ${waitsText(policy)}, so that it holds ${failures} failure${failures === 1 ? '' : 's'} ` +
      `of one instance; set breaker_window to "${needed}" or more, or breaker_failures to ${Math.max(1, failures)} or less`,
  ]
}

function fleetWarnings(policy: SupervisorPolicy, workers: readonly WorkerDefinition[]): string[] {
  const { fleetRestarts: limit, fleetWindowMs: windowMs } = policy
  const instances = workers.reduce((sum, worker) => sum + worker.instances, 0)
  if (limit === 0 || instances === 0) return []
  const each = mostFailures(policy, windowMs, limit)
  if (each * instances >= limit) return []
  return [
    `supervisor.fleet_restarts = ${limit} cannot be reached within fleet_window = "${formatDuration(windowMs)}": ` +
      `${waitsText(policy)}, so that ${instances} instance${instances === 1 ? '' : 's'} can restart ${each * instances} ` +
      `times in it; set fleet_restarts to ${Math.max(1, each * instances)} or less, or a longer fleet_window`,
  ]
}

/** The most failures of one instance that a window can hold, counted up to `enough`. */
function mostFailures(policy: SupervisorPolicy, windowMs: number, enough: number): number {
  const waits = waitsOf(policy)
  let failures = 1
  let crashingMs = 0
  while (failures < enough) {
    crashingMs += waits(failures)
    if (Math.min(crashingMs, failures * waits.anew) >= windowMs) break
    failures += 1
  }
  return failures
}

/** The least time from the first to the last of so many failures. */
function shortestSpanMs(policy: SupervisorPolicy, failures: number): number {
  const waits = waitsOf(policy)
  let crashingMs = 0
  for (let wait = 1; wait < failures; wait++) crashingMs += waits(wait)
  return Math.min(crashingMs, (failures - 1) * waits.anew)
}

/**
 * What passes between two failures: of a program that ends at once, whose waits double; or (`anew`) of one that lives just long
 * enough for its waits to begin anew. Chance shortens a wait by half of the jitter on average.
 */
function waitsOf(policy: SupervisorPolicy): ((wait: number) => number) & { anew: number } {
  const { backoffInitialMs: initialMs, backoffMaxMs: maxMs, backoffJitter: jitter, healthyAfterMs } = policy
  const waitMs = (wait: number): number => restartDelayMs(wait, { initialMs, maxMs, jitter }, 0.5)
  return Object.assign(waitMs, { anew: healthyAfterMs + waitMs(1) })
}

function waitsText({ backoffInitialMs, backoffMaxMs }: SupervisorPolicy): string {
  const [initial, longest] = [formatDuration(backoffInitialMs), formatDuration(backoffMaxMs)]
  if (backoffInitialMs === 0)
    return `restarts wait "1s" from the second on, and twice as long each time, up to "${longest}"`
  return backoffInitialMs === backoffMaxMs
    ? `restarts wait "${initial}"`
    : `restarts wait "${initial}" and twice as long each time, up to "${longest}"`
}

function namesOf(workers: readonly WorkerDefinition[]): string {
  const shown = workers.slice(0, namesShown).map(({ name }) => quote(name))
  const more = workers.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
