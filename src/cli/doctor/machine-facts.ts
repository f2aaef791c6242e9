import type { UnitAgreement } from '../../domain/units/unit-agreement.ts'
import type { Look } from '../../ports/database-checkup.ts'
import type {
  AlertChannelFacts,
  CgroupFacts,
  ClockFacts,
  CronFacts,
  DiskFacts,
  FileFacts,
  FleetNeeds,
  LibraryFacts,
  LimitFacts,
  MemoryFacts,
  ParcelFacts,
  PortFacts,
  ScheduleFacts,
  ServiceFacts,
  StrangerFacts,
  UpstreamFacts,
  VersionFacts,
} from '../../ports/machine-checkup.ts'
import type { StateFacts } from '../../ports/state-checkup.ts'

/** What was seen of this machine, each part on its own. */
export interface MachineFacts {
  uid: number
  configuration: ConfigurationFacts
  /** Of a fleet on this machine that `jrctl install` has put there; null or left out: there is none, or another was named. */
  installation?: InstallationFacts | null
  daemon: DaemonFacts
  versions: Look<VersionFacts>
  stateDir: Look<StateDirFacts>
  /** The node's own memory; null: there is none yet. */
  memory: Look<StateFacts | null>
  files: Look<FileFacts[]>
  disks: Look<DiskFacts[]>
  clock: Look<ClockFacts>
  limits: Look<LimitFacts>
  needs: Look<FleetNeeds>
  hardware: Look<MemoryFacts>
  cgroup: Look<CgroupFacts>
  services: Look<ServiceFacts>
  /** Of workers that systemd runs; null: the daemon runs them itself, or nobody has installed their units. */
  workerUnits: Look<UnitAgreement | null>
  cron: Look<CronFacts>
  strangers: Look<StrangerFacts[]>
  ports: Look<PortFacts[]>
  upstreams: Look<UpstreamFacts[]>
  alerts: Look<AlertChannelFacts[]>
  schedules: Look<ScheduleFacts>
  parcels: Look<ParcelFacts>
  libraries: Look<LibraryFacts>
  terminal: { locale: string | null }
}

export type ConfigurationFacts =
  | { kind: 'read'; path: string | null; warnings: readonly string[] }
  | { kind: 'wrong'; problem: string; hint: string | null }

export type InstallationFacts =
  | {
      kind: 'joined'
      record: string
      /** As the units are told them; what was set before is not among them. */
      places: Readonly<Record<string, string>>
      /** So many of the environment file were taken, beside the places. */
      variables: number
      environmentFile: string
      /** Why none were. */
      unread: { path: string; why: string; remedy: string } | null
    }
  | { kind: 'another'; record: string; config: string }
  | { kind: 'mistrusted'; record: string; why: string; remedy: string }

export interface StateDirFacts {
  path: string
  /** Null: there is none yet. */
  mode: number | null
  /** A symbolic link. */
  isLink: boolean
  isFolder: boolean
  /** Null where there is none yet. */
  owner: { uid: number; name: string } | null
  /** The system's word, EACCES or EROFS, for why this account may not write there; null: it may. */
  refused: string | null
}

export type DaemonFacts =
  | {
      up: true
      pid: number
      uptimeMs: number
      phase: string
      degraded: string[]
      version: string
      /** The host on which this node's identity was last seen, when that is not this one; null: it is. */
      elsewhere: string | null
      /** The systemd unit it belongs to; null: none. */
      unit: string | null
      stateDir: string
      /** The program that it runs, where that is another by now; null or left out: it is not, or nobody can tell. */
      replaced?: string | null
      /** The environment file of its unit, where that was written after its start; null or left out: it was not. */
      rewritten?: string | null
    }
  | {
      up: false
      problem: string
      hint: string | null
      /** Its socket is there, and closed to this account; left out: it is not. */
      isClosed?: boolean
    }
