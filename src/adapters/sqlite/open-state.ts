import type { Database } from 'better-sqlite3'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StateUpkeep } from '../../ports/database-upkeep.ts'
import type { DeadLetterBook } from '../../ports/dead-letters.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateHealth } from '../../ports/state-health.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { sqliteDeadLetterBook } from './dead-letters.ts'
import { sqliteLedger } from './ledger.ts'
import { openDatabase } from './open-database.ts'
import { keep, salvage } from './salvage.ts'
import { type StateGuardOptions, createStateGuard } from './state-guard.ts'
import { sqliteStateStore } from './state-store.ts'
import { createStateUpkeep } from './state-upkeep.ts'

export interface State {
  store: StateStore
  ledger: Ledger
  deadLetters: DeadLetterBook
  health: StateHealth
  upkeep: StateUpkeep
  /** A damaged file was found, set aside and replaced by an empty one. */
  rebuilt: boolean
  /** Where the damaged file went. */
  setAside: string | null
  /** Commits what waits and lets go of the file. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens this node's state, one SQLite file at `path` (absolute; 0600 in a 0700 directory), making or migrating it.
 * Throws OperationalError: `state.forbidden`, `state.foreign`, `state.newer_schema`, `state.locked`, `state.full`.
 */
export function openState(options: { path: string; clock: Clock; logger: Logger }): State {
  const { path, clock, logger } = options
  const { db, setAside } = openDatabase(path, clock.wallMs())
  const state = stateOver(db, { clock, logger }, setAside?.path ?? null)
  if (setAside === null) return state
  const saved = salvage(setAside.path)
  keep(state.store, saved)
  logger.error(
    { path, setAside: setAside.path, reason: setAside.reason, workersSaved: saved.workers.length },
    'the local state was damaged: it is set aside and made anew; the ledger of tasks comes back from the events that Postgres still has',
  )
  return state
}

/** The state over an open database, of which it takes hold. */
export function stateOver(db: Database, options: StateGuardOptions, setAside: string | null = null): State {
  const { logger } = options
  const guard = createStateGuard(db, options)
  const ledger = sqliteLedger(db, { guard, ...options })
  const store = sqliteStateStore(db, guard)
  return {
    store,
    ledger,
    deadLetters: sqliteDeadLetterBook(db, guard),
    health: guard,
    upkeep: createStateUpkeep(db, guard),
    rebuilt: setAside !== null,
    setAside,
    close: async () => {
      if (!db.open) return
      // The last chance for what waits.
      if (guard.condition.kind === 'full') guard.look()
      ledger.close()
      guard.stop()
      try {
        // Leaves one file, not three, for backups and people; what stays in the log is found there at the next start.
        if (guard.condition.kind !== 'failed') db.pragma('wal_checkpoint(TRUNCATE)')
      } catch (error) {
        logger.warn(
          { path: db.name, error: messageOf(error) },
          'the write-ahead log could not be folded into the state file',
        )
      }
      db.close()
    },
  }
}
