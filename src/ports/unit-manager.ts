import type { UnitState } from '../domain/install/unit-state.ts'

/** Null when it is done, else why not, in words of who refused. */
export type Refused = string | null

/** What of a unit runs, and by what it was started. */
export interface UnitLife {
  name: string
  /** Its files differ from what the manager has read. */
  isUnread: boolean
  /** Null: it has none now. */
  mainPid: number | null
  /** When its process was started, or, for a unit without one, itself: milliseconds since the machine's start. Null: it is not up. */
  sinceMonotonicMs: number | null
  /** Its file and all drop-ins, whoever wrote them. */
  files: string[]
}

/** Whoever starts services on this machine, asked to start ours. Nothing here throws. */
export interface UnitManager {
  /** Why it cannot be asked at all; null: it can. */
  absent(): Promise<Refused>
  /** Of each name, also of those that it does not know. Null: it could not be asked. */
  states(names: readonly string[]): Promise<UnitState[] | null>
  /** How those of these units live that it has loaded. Null: it could not be asked. */
  lives(names: readonly string[]): Promise<UnitLife[] | null>
  /** Units that run, come up or go down, by a pattern of their names. */
  up(pattern: string): Promise<string[]>
  /** What a unit says of itself (STATUS=) while it starts; '' when it says nothing. */
  statusText(unit: string): Promise<string>
  mainPid(unit: string): Promise<number | null>
  reload(): Promise<Refused>
  /** Has a unit read its configuration, and waits for its verdict. */
  reloadUnit(unit: string): Promise<Refused>
  enable(units: readonly string[]): Promise<Refused>
  disable(units: readonly string[], options: { now: boolean }): Promise<Refused>
  /** Settles when the units have started, or one has failed to, or the time is over. */
  start(unit: string, options: { isRestart: boolean; timeoutMs: number }): Promise<Refused>
  stop(units: readonly string[], timeoutMs: number): Promise<Refused>
  /** The last that a unit has logged since then (epoch milliseconds), the oldest first. */
  lastWords(unit: string, sinceMs: number): Promise<string[]>
}
