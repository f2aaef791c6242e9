import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'

export interface EmbeddedOptions {
  /** Absolute. Everything lives under `<stateDir>/postgres`, but see `newHousing`. */
  stateDir: string
  clock: Clock
  random: Random
  logger: Logger
  /** A folder with `postgres` and `initdb` (JRCTL_POSTGRES_BIN) instead of the npm package. */
  binaries?: string | undefined
  /** Where a copy of that npm package is, for an executable that carries it; called when a server is to be started. */
  unpack?: (() => Promise<string>) | undefined
  /** Where `XDG_RUNTIME_DIR` is looked up, by default ours; nothing else of it is used. */
  env?: Readonly<Record<string, string | undefined>>
  /** False only for tests: commits do not wait for the disk. */
  durable?: boolean
  /** As root, run as the account nobody even where user namespaces work. */
  asNobody?: boolean
  /** Folders that any account can reach, for nobody's data. */
  sharedDirs?: readonly string[]
}
