import type { InstanceId, NodeId } from '../domain/ids.ts'

/** The workers that systemd runs. Nothing here throws. */
export interface WorkerUnits {
  /** By the units' names, those that there are; null: systemd could not be asked. */
  look(units: readonly string[]): Promise<ReadonlyMap<string, UnitStanding> | null>
  /** The command by which an operator does that to a unit. */
  commandFor(verb: 'start' | 'stop' | 'restart' | 'enable --now' | 'disable --now', unit: string): string
}

/** What systemd says of a unit. */
export interface UnitStanding {
  /** `active`, `activating`, `failed`, `inactive`, … */
  state: string
  /** More exactly: `running`, `auto-restart`, … */
  subState: string
  /** Why it is down, in systemd's word: `exit-code`, `watchdog`, `start-limit-hit`, …; `success`. */
  result: string
  pid: number | null
  /** Of its present process: by this name its attempts are known to the queue. */
  instanceId: InstanceId | null
  /** Restarts by systemd since it was started. */
  restarts: number
  memoryBytes: number | null
  /** Of its present process, on the clock of `Clock.monotonicMs`. */
  startedMonotonicMs: number | null
}

/** What a worker that systemd starts cannot know of its configuration alone. Nothing of it is secret. */
export interface UnitNote {
  nodeId: NodeId
  /** `http://127.0.0.1:4000`; null: there is no gateway. */
  gatewayUrl: string | null
}
