import type { ResourceLimits } from '../resource-limits.ts'
import { daemonFile } from './daemon-unit.ts'
import { healthFiles, healthTimer } from './health-units.ts'
import { daemonUnit, workerUnit } from './unit-name.ts'
import { workerFiles } from './worker-unit.ts'

/** What is installed on a machine, and where; every path is absolute. `config/installation.ts` makes it of a configuration. */
export interface Installation {
  scope: 'system' | 'user'
  /**
   * - `standard`: the daemon spawns its workers, which inherit whatever it is kept from; so it is kept from next to nothing.
   * - `hardened`: the daemon is shut in, and the workers run as units of their own, outside.
   */
  profile: UnitProfile
  /** The jrctl that the units start. */
  program: string
  config: string
  /** Who the daemon runs as; null: root, or whose manager it is. */
  account: string | null
  /** Units of the database and of the LLM server. */
  needs: readonly string[]
  /** Those that are kept running; only the hardened profile makes units of them. */
  workers: readonly UnitWorker[]
  /** The names of those that are run at times, which no unit does. */
  scheduled: readonly string[]
  stateDir: string
  logsDir: string
  /** The sockets of the API: the daemon's own, and the one for workers of any account. */
  sockets: readonly string[]
  /** Variables that are no configuration (DATABASE_URL, keys), 0600; it need not be there. */
  environmentFile: string
  /** How long a stop of the daemon may take. */
  stopMs: number
  /** False where cron runs the health check. */
  healthTimer: boolean
}

export type UnitProfile = 'standard' | 'hardened'

/** One instance of a worker, as its unit needs it. */
export interface UnitWorker {
  /** The Jr. */
  name: string
  /** From 1. */
  instance: number
  /** Null: the daemon's account. */
  user: string | null
  limits: ResourceLimits | null
  restart: 'always' | 'on-failure' | 'never'
  /** `SIGTERM`, … */
  stopSignal: string
  /** How long it may take to end. */
  stopMs: number
  /** It speaks with systemd: says that it is ready, and gives signs of life (`jrctl work`). */
  notifies: boolean
  /** Workers that are started before it, by their names. */
  after: readonly string[]
}

export interface UnitFile {
  /** Below the folder of units: `jr-orchestrator.service`, `jr-queue-worker@X.service.d/jrctl.conf`. */
  path: string
  text: string
}

/**
 * The units of an installation, in the order in which they are to be written: whoever is cut off between them must not leave, for the
 * next start of the machine, a daemon that starts workers beside units that run them. What cannot be said in a unit is in
 * `unitProblems`, which is asked before.
 */
export function unitFiles(installation: Installation): UnitFile[] {
  const [daemon, health] = [daemonFile(installation), healthFiles(installation)]
  const workers = workerFiles(installation)
  return installation.profile === 'hardened'
    ? [daemon, ...health, ...workers]
    : [...workers, daemon, ...health]
}

/** What is enabled and started, in this order. */
export function enabledUnits(installation: Installation): string[] {
  const { profile, workers } = installation
  return [
    daemonUnit,
    ...(profile === 'hardened' ? workers.map(({ name, instance }) => workerUnit(name, instance)) : []),
    ...(installation.healthTimer ? [healthTimer] : []),
  ]
}
