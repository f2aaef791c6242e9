import { createServiceUnits } from '../adapters/systemd/service-units.ts'
import type { HealthFacts, Restart } from '../cli/health/facts.ts'
import { planRestarts, unitCommand, type RestartStep } from '../cli/health/restart-plan.ts'
import type { Policy } from '../config/policy.ts'
import { jrName } from '../domain/ids.ts'
import { daemonUnit, workerUnit } from '../domain/units/unit-name.ts'
import type { ApiClient } from '../client/client.ts'
import { messageOf, OperationalError } from '../errors.ts'
import type { ServiceUnit, ServiceUnits } from '../ports/service-units.ts'
import { checkClient } from './health-daemon.ts'
import { howToStart } from './how-to-start.ts'
import type { Origin } from './origin.ts'

/** A manager that takes longer for one answer is not asked again. */
const patienceMs = 5_000
/** Units that one check asks about; more than that are not silent for reasons of their own. */
const unitsMax = 20

/** Has restarted what should run and does not, by whoever runs it; in a dry run it only tells whom. */
export async function restartWhatIsDown(
  facts: HealthFacts,
  { policy, timeoutMs }: { policy: Policy; timeoutMs: number },
  origin: Origin,
): Promise<void> {
  const { process, clock } = origin
  const silent = facts.jrs.filter(({ name }) => facts.healed.markedOffline.includes(name))
  const isUp = facts.daemon?.up === true
  const configured = policy.workers
    .filter(({ schedule, instances }) => schedule === undefined && instances > 0)
    .map(({ name }) => name)
  if (isUp && silent.length === 0) return
  const uid = process.getuid?.() ?? -1
  const units = createServiceUnits({
    env: process.env,
    uid,
    timeoutMs: Math.min(patienceMs, timeoutMs / 4),
  })
  const found = await findUnits(units, [...silent.map(({ name }) => name), ...(isUp ? [] : configured)])
  const client = checkClient(policy, timeoutMs, origin)
  const steps = planRestarts({
    facts,
    silent,
    configured,
    spawned: policy.supervisor.workers === 'spawn' ? policy.workers.map(({ name }) => name) : [],
    daemonUnit: isUp ? null : await units.find(daemonUnit),
    start: howToStart(origin.installed),
    unitOf: (name) => found.get(name) ?? null,
    nowMs: clock.wallMs(),
  })
  for (const step of steps) facts.healed.restarts.push(await take(step, facts.dryRun, units, client))
}

async function findUnits(
  units: ServiceUnits,
  names: readonly string[],
): Promise<Map<string, ServiceUnit | null>> {
  const found = new Map<string, ServiceUnit | null>()
  for (const name of [...new Set(names)].slice(0, unitsMax))
    found.set(name, await units.find(workerUnit(name)))
  return found
}

async function take(
  step: RestartStep,
  dryRun: boolean,
  units: ServiceUnits,
  client: ApiClient,
): Promise<Restart> {
  switch (step.kind) {
    case 'report':
      return step.restart
    case 'ask_daemon': {
      const { name, why } = step
      const problem = dryRun ? null : await askDaemon(name, client)
      const what = `restart of ${name} asked of the daemon (${why})`
      return restart(name, 'daemon', dryRun, problem, what, `jrctl workers restart ${JSON.stringify(name)}`)
    }
    case 'restart_unit': {
      const { name, unit, why } = step
      const problem = dryRun ? null : await units.restart(unit)
      const what = `restart of ${unit.name} asked of systemd (${why})`
      return restart(name, 'unit', dryRun, problem, what, unitCommand(unit, 'restart'))
    }
    default:
      return step satisfies never
  }
}

function restart(
  name: string | null,
  by: Restart['by'],
  dryRun: boolean,
  problem: string | null,
  what: string,
  command: string,
): Restart {
  if (dryRun) return { name, by, outcome: 'would', text: `to be done: ${what}` }
  if (problem === null) return { name, by, outcome: 'done', text: what }
  return { name, by, outcome: 'failed', text: `${what} failed: ${problem}; do it: ${command}` }
}

async function askDaemon(name: string, client: ApiClient): Promise<string | null> {
  try {
    await client.call('commandWorker', { name: jrName(name), action: 'restart' })
    return null
  } catch (error) {
    // It ends the old process first, within its grace: that it was told is all there is to wait for.
    const isLate = error instanceof OperationalError && error.code === 'daemon.timeout'
    return isLate ? null : messageOf(error)
  }
}
