import type { SchedulePolicy, SupervisorPolicy, WorkerDefinition } from '../../../src/config/policy.ts'
import type { DeadLetter } from '../../../src/domain/dead-letter.ts'
import { nodeId } from '../../../src/domain/ids.ts'
import type { Timetable } from '../../../src/domain/runs/timetable.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import { compileSchedule } from '../../../src/expressions/schedule.ts'
import type { DeadLetterBook } from '../../../src/ports/dead-letters.ts'
import { createFleet, type Fleet, type FleetDeps } from '../../../src/supervisor/fleet.ts'
import { createRuns } from '../../../src/supervisor/runs/create-runs.ts'
import type { RunRecord, Runs, UnhealthyDependency } from '../../../src/supervisor/runs/runs.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { fakeProcessHost } from '../../fakes/process-host.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { type World, mortalClock, policy, worker, world } from '../setup.ts'

export const minute = 60_000
export const hour = 3_600_000

/** The world begins at midnight, 2026-01-01 UTC. */
export const begin = Date.UTC(2026, 0, 1)

/** A world with what the runs leave behind. */
export interface RunWorld extends World {
  letters: DeadLetterBook
  records: RunRecord[]
  unhealthy: Map<string, UnhealthyDependency[]>
}

export function runWorld(): RunWorld {
  return { ...world(), letters: fakeDeadLetterBook(), records: [], unhealthy: new Map() }
}

type Changes = Omit<Partial<WorkerDefinition>, 'schedule'> & { schedule?: Partial<SchedulePolicy> }

/** Hourly in UTC unless said otherwise. */
export function scheduled({ schedule, ...changes }: Changes = {}): WorkerDefinition {
  return worker({
    name: 'Report Jr.',
    command: ['report'],
    ...changes,
    schedule: {
      cron: '0 * * * *',
      timezone: 'UTC',
      timeoutMs: null,
      maxConcurrent: 1,
      overlap: 'skip',
      missed: 'once',
      retries: 2,
      ...schedule,
    },
  })
}

export function timetableOf({ cron, timezone }: SchedulePolicy): Timetable {
  const compiled = compileSchedule(cron, timezone)
  if (compiled.kind === 'invalid') throw new Error(compiled.reason)
  return compiled.timetable
}

export function depsOf(
  on: RunWorld,
  definitions: WorkerDefinition[],
  changes: Partial<SupervisorPolicy> = {},
): FleetDeps {
  return {
    host: fakeProcessHost(on.machine),
    probe: on.probe,
    store: on.store,
    ledger: on.ledger,
    clock: mortalClock(on),
    random: fakeRandom(on.seed++),
    logger: on.logger,
    policy: { ...policy, ...changes },
    logsDir: '/logs',
    definitions,
    environment: (definition, id) => ({ JR_NAME: definition.name, JRCTL_WORKER_ID: id }),
    onDeath: async (instanceId, name, cause) => void on.deaths.push({ instanceId, name, cause }),
    lookAtHeartbeats: () => {},
    timetableOf,
    letters: on.letters,
    nodeId: nodeId('here'),
    onRun: (record) => void on.records.push(record),
  }
}

/** A daemon's runs on this world; make others for the daemon after it. */
export function runsIn(
  on: RunWorld,
  definitions: WorkerDefinition[],
  changes: Partial<SupervisorPolicy> = {},
): Runs {
  return createRuns({
    ...depsOf(on, definitions, changes),
    unhealthy: ({ name }) => on.unhealthy.get(name) ?? [],
    depthOf: ({ dependsOn }) => dependsOn.length,
  })
}

/** A daemon's whole fleet on this world. */
export function fleetIn(on: RunWorld, definitions: WorkerDefinition[]): Fleet {
  return createFleet(depsOf(on, definitions, {}))
}

/** The names of those that were spawned, oldest first. */
export function begun(on: World): string[] {
  return on.machine.spawned.map(({ env }) => env['JR_NAME'] ?? '')
}

/** The times for which something was spawned, in minutes since the world's beginning. */
export function dueMinutes(on: World): number[] {
  return on.machine.spawned.flatMap(({ env }) =>
    env['JR_RUN_DUE'] === undefined ? [] : [(Date.parse(env['JR_RUN_DUE']) - begin) / minute],
  )
}

export function deadOnes(on: RunWorld): DeadLetter[] {
  return on.letters.list({ states: ['dead'], limit: 100 })
}

export function only(runs: Runs): WorkerView {
  const [view, ...others] = runs.views()
  if (view === undefined || others.length > 0) throw new Error(`there are ${others.length + 1} views`)
  return view
}
