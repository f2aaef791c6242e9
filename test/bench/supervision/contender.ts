/** A supervisor that is measured: jrctl or one of its peers. */
export interface Contender {
  name: string
  /** How it is set up, for the page: only what differs from its defaults. */
  setUp: string
  /** Why it cannot take part on this machine, with the remedy; null when it can. */
  missing(): string | null
  /** Writes what it needs to keep so many workers; nothing runs yet. */
  prepare(wanted: Wanted): Promise<Prepared>
}

export interface Wanted {
  /** Empty, the contender's own. */
  folder: string
  /** How many of them. */
  count: number
  /** argv of a worker; absolute. */
  command: readonly [string, ...string[]]
}

export interface Prepared {
  /** As a user brings up supervisor and workers. Settles when the command that does it has returned, or is up. */
  launch(): Promise<void>
  /** After its supervisor was killed; as `launch` where that is how it is done. */
  relaunch(): Promise<void>
  /** The process that decides. */
  daemonPid(): number
  /** As a user ends supervisor and workers; settles when the supervisor is gone. */
  shutDown(): Promise<void>
  /** As a user asks for all workers. */
  status: { argv: readonly [string, ...string[]]; env: Record<string, string> }
  /** What was started for it besides, such as a database. */
  dispose(): Promise<void>
}
