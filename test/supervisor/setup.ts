import type { SupervisorPolicy, WorkerDefinition } from '../../src/config/policy.ts'
import { createSupervisor } from '../../src/supervisor/create-supervisor.ts'
import type { GiveUp } from '../../src/supervisor/gate/give-up.ts'
import type { Supervisor } from '../../src/supervisor/supervisor.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { type FakeClock, fakeClock } from '../fakes/clock.ts'
import { type FakeLedger, fakeLedger } from '../fakes/ledger.ts'
import { type FakeLogger, fakeLogger } from '../fakes/logger.ts'
import { FakeMachine, fakeProcessHost } from '../fakes/process-host.ts'
import { fakeRandom } from '../fakes/random.ts'
import { type FakeReadinessProbe, fakeReadinessProbe } from '../fakes/readiness-probe.ts'
import { fakeStateStore } from '../fakes/state-store.ts'

export const policy: SupervisorPolicy = {
  workers: 'spawn',
  backoffInitialMs: 5_000,
  backoffMaxMs: 300_000,
  backoffJitter: 0,
  healthyAfterMs: 60_000,
  breakerFailures: 5,
  breakerWindowMs: 300_000,
  breakerProbeAfterMs: 300_000,
  fleetRestarts: 50,
  fleetWindowMs: 3_600_000,
  fleetRecentWindowMs: 300_000,
  startDeadlineMs: 10_000,
  heartbeatTimeoutMs: 120_000,
  runConcurrency: 4,
  runQueue: 1_000,
}

export function worker(changes: Partial<WorkerDefinition> = {}): WorkerDefinition {
  return {
    name: 'Research Jr.',
    command: ['research'],
    cwd: '/',
    env: {},
    envPass: [],
    envInherit: 'clean',
    instances: 1,
    department: null,
    priority: 3,
    dependsOn: [],
    layer: null,
    ready: { kind: 'delay', delayMs: 1_000 },
    readyTimeoutMs: 60_000,
    restart: 'always',
    stopSignal: 'SIGTERM',
    stopGraceMs: 10_000,
    accepts: null,
    heartbeat: 'auto',
    ...changes,
  }
}

/** What outlives a daemon: the machine, the local state, time. */
export interface World {
  machine: FakeMachine
  store: StateStore
  clock: FakeClock
  ledger: FakeLedger
  logger: FakeLogger
  deaths: { instanceId: string; name: string; cause: string }[]
  givenUp: GiveUp[]
  cameBack: { name: string; by: string }[]
  seed: number
  probe: FakeReadinessProbe
  /** How often the supervisor asked for heartbeats. */
  looks: number
}

export function world(): World {
  const clock = fakeClock()
  return {
    machine: new FakeMachine(),
    store: fakeStateStore(),
    clock,
    ledger: fakeLedger(clock),
    logger: fakeLogger(),
    deaths: [],
    givenUp: [],
    cameBack: [],
    seed: 1,
    probe: fakeReadinessProbe(),
    looks: 0,
  }
}

/** A clock whose timers die with the daemon that set them. */
export function mortalClock(on: World): Clock {
  const { daemon } = on.machine
  const lives = (): boolean => on.machine.daemon === daemon
  return {
    ...on.clock,
    after: (delayMs, action, options) => on.clock.after(delayMs, () => lives() && action(), options),
    sleep: async (delayMs, signal) => {
      await on.clock.sleep(delayMs, signal)
      if (!lives()) await new Promise<never>(() => {})
    },
  }
}

/** A daemon's supervisor on this world; make another for the daemon after it. */
export function supervisorIn(
  on: World,
  definitions: WorkerDefinition[],
  changes: Partial<SupervisorPolicy> = {},
): Supervisor {
  return createSupervisor({
    host: fakeProcessHost(on.machine),
    probe: on.probe,
    lookAtHeartbeats: () => {
      on.looks += 1
    },
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
    onGiveUp: (death) => void on.givenUp.push(death),
    onComeBack: (name, by) => void on.cameBack.push({ name, by }),
  })
}

/** The mark of the instance that was started last. */
export function lastMark(on: World): string {
  return on.machine.spawned.at(-1)?.mark ?? ''
}

export function eventTypes(on: World): string[] {
  return on.ledger.entries.map((entry) => entry.eventType)
}
