import type { Database } from 'better-sqlite3'
import type { LedgerEntry, NewLedgerEntry } from '../../domain/ledger-event.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import { operational } from './failures.ts'
import { ledgerAppender } from './ledger-append.ts'
import type { Appended } from './ledger-append.ts'
import { readLedger } from './ledger-read.ts'
import { storable } from './ledger-row.ts'
import { verifyLedger } from './ledger-verify.ts'

export interface SqliteLedger extends Ledger {
  /** Commits what waits and takes nothing more. Idempotent. */
  close(): void
}

interface Waiting {
  entry: NewLedgerEntry
  resolve(entry: LedgerEntry): void
  reject(error: Error): void
}

/** About 5 ms of inserts and one fsync; the rest waits for the next turn of the event loop. */
const batchMax = 500
/** So many waiting means that the disk has stopped; appending then fails instead of eating the memory. */
const waitingMax = 10_000

/**
 * The ledger over an open database. What is appended within one turn of the event loop is committed together at its end:
 * a lone entry waits for nothing, a flood shares its fsyncs (one by one about 1,100 a second would fit on the disk).
 */
export function sqliteLedger(db: Database, clock: Clock, logger: Logger): SqliteLedger {
  const appendBatch = ledgerAppender(db)
  const listeners = new Set<(entries: readonly LedgerEntry[]) => void>()
  const waiting: Waiting[] = []
  let turn: NodeJS.Immediate | null = null
  let closed = false

  const commit = (): void => {
    const batch = waiting.splice(0, batchMax)
    try {
      const appended = appendBatch(
        batch.map(({ entry }) => entry),
        clock.wallMs(),
      )
      for (const [index, one] of appended.entries()) batch[index]?.resolve(one.entry)
      tell(appended)
    } catch (error) {
      const failure = operational(error, `writing ${batch.length} ledger entries`)
      for (const one of batch) one.reject(failure)
    }
  }

  const tell = (appended: readonly Appended[]): void => {
    const fresh = appended.filter((one) => one.fresh).map((one) => one.entry)
    if (fresh.length === 0) return
    for (const listener of listeners) {
      try {
        listener(fresh)
      } catch (error) {
        logger.error({ error: messageOf(error) }, 'a ledger subscriber failed')
      }
    }
  }

  const schedule = (): void => {
    turn ??= setImmediate(() => {
      turn = null
      commit()
      if (waiting.length > 0) schedule()
    })
  }

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(refusal('ledger.closed', 'the ledger is closed'))
        if (waiting.length >= waitingMax) {
          return reject(refusal('ledger.full', `${waitingMax} ledger entries wait for the disk already`))
        }
        // Made storable here, so that what cannot be stored fails alone and not the batch it would be in.
        waiting.push({ entry: storable(entry), resolve, reject })
        return schedule()
      }),
    read: (filter) => {
      try {
        return readLedger(db, filter)
      } catch (error) {
        throw operational(error, 'reading the ledger')
      }
    },
    verify: () => verifyLedger(db),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => {
      closed = true
      if (turn !== null) clearImmediate(turn)
      while (waiting.length > 0) commit()
    },
  }
}

function refusal(code: string, message: string): OperationalError {
  return new OperationalError(message, { code, retryable: code === 'ledger.full' })
}
