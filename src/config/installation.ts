import type { Installation, UnitWorker } from '../domain/units/unit-files.ts'
import type { Policy, WorkerDefinition } from './policy.ts'

/** What an installer decides; the rest follows from the configuration. */
export type ChosenInstallation = Pick<
  Installation,
  'scope' | 'profile' | 'program' | 'config' | 'account' | 'needs' | 'environmentFile' | 'healthTimer'
>

/** Beside the graces of shutdown and workers: connections 5 s, an embedded database 45 s, local state 5 s, and some room. */
const closingMs = 70_000
/** What `jrctl work` has after both graces for its last words to the queue, and to end. */
const lastWordsMs = 20_000

/**
 * An installation of the configuration as the service will read it: what depends on who reads it (state directory, sockets) is
 * taken from the policy, so load that with the service's account, and STATE_DIRECTORY and RUNTIME_DIRECTORY as systemd sets them.
 */
export function installationOf(policy: Policy, chosen: ChosenInstallation): Installation {
  const resident = policy.workers.filter(({ schedule }) => schedule === undefined)
  const graces = resident.map(({ stopGraceMs }) => stopGraceMs)
  return {
    ...chosen,
    workers: resident.flatMap((definition) => unitWorkersOf(definition, policy, chosen.program)),
    scheduled: policy.workers.filter(({ schedule }) => schedule !== undefined).map(({ name }) => name),
    stateDir: policy.stateDir,
    logsDir: policy.logs.dir,
    sockets: [policy.api.socket, policy.api.workerSocket],
    stopMs: policy.shutdown.finishGraceMs + Math.max(0, ...graces) + closingMs,
  }
}

function unitWorkersOf(definition: WorkerDefinition, policy: Policy, program: string): UnitWorker[] {
  const { name, instances, user, limits, restart, stopSignal, stopGraceMs, dependsOn } = definition
  const notifies = isJrctlWork(definition.command, program)
  const stopMs = notifies ? policy.shutdown.finishGraceMs + stopGraceMs + lastWordsMs : stopGraceMs
  return Array.from({ length: instances }, (_, index) => ({
    name,
    instance: index + 1,
    user: user ?? null,
    limits: limits ?? null,
    restart,
    stopSignal,
    stopMs,
    notifies,
    after: dependsOn,
  }))
}

function isJrctlWork([file, command]: readonly string[], program: string): boolean {
  return (file === 'jrctl' || file === program) && command === 'work'
}
