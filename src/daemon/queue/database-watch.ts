import { OperationalError, messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'

/**
 * Whether the queue's database answers, as the duties see it. Transitions are logged and put into the ledger once;
 * an outage kills nobody and stops nothing, it only shows.
 */
export interface DatabaseWatch {
  readonly up: boolean
  readonly lastError: string | null
  /** Told after each use of the database, which began at `beganMs` (monotonic). */
  settled(error: unknown, beganMs: number): void
}

/** What says that nobody can work with it now; any other error is of one statement and says nothing of the database. */
const awayCodes = new Set([
  'db.unreachable',
  'db.outcome_unknown',
  'db.auth',
  'db.no_such_database',
  'db.timeout',
  'db.read_only',
  'db.disk_full',
  'db.too_many_connections',
  'db.no_resources',
])

export function createDatabaseWatch(deps: {
  ledger: Ledger
  logger: Logger
  clock: Pick<Clock, 'monotonicMs'>
  target: string
  /** Told of each outage as it begins. */
  lost(): void
}): DatabaseWatch {
  let lastError: string | null = null
  let lostMs = 0

  function transition(event: 'database.lost' | 'database.restored', message: string): void {
    const level = event === 'database.lost' ? 'error' : 'info'
    deps.logger[level]({ target: deps.target }, message)
    deps.ledger.note({ eventType: event, level, actor: 'daemon', message })
  }

  return {
    get up() {
      return lastError === null
    },
    get lastError() {
      return lastError
    },
    settled(error, beganMs) {
      if (error === null) {
        // What was under way when it went may have had its answer already.
        if (lastError !== null && beganMs <= lostMs) return
        if (lastError !== null) transition('database.restored', `database ${deps.target} answers again`)
        lastError = null
        return
      }
      if (!(error instanceof OperationalError) || !awayCodes.has(error.code)) return
      const message = messageOf(error)
      const began = lastError === null
      lastError = message
      if (!began) return
      lostMs = deps.clock.monotonicMs()
      transition('database.lost', `database ${deps.target} is away: ${message}`)
      deps.lost()
    },
  }
}
