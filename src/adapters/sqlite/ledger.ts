import type { Database } from 'better-sqlite3'
import { performance } from 'node:perf_hooks'
import type { LedgerEntry, NewLedgerEntry } from '../../domain/ledger-event.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import { ledgerAppender } from './ledger-append.ts'
import type { Appended } from './ledger-append.ts'
import { pruneLedger } from './ledger-prune.ts'
import { readLedger } from './ledger-read.ts'
import { storable } from './ledger-row.ts'
import { verifyLedger } from './ledger-verify.ts'
import { WaitingEntries, bytesOf, giveUp, waitingMax } from './ledger-waiting.ts'
import type { StateGuard } from './state-guard.ts'

export interface SqliteLedger extends Ledger {
  /** Commits what waits, as far as the disk takes it, and takes nothing more. Idempotent. */
  close(): void
}

/**
 * Between two commits. A lone entry is committed at once; what comes within 5 ms of a commit waits for the rest of them, so
 * that a flood shares its fsyncs (of which a disk does about a thousand a second) and they take a small part of the loop.
 */
const spacingMs = 5
/**
 * What nobody waits for is committed so much later: the fsync holds up the loop for milliseconds, and what is noted is often in the
 * middle of something, such as a restart.
 */
const notedMs = 20
/** Whoever holds the file is asked again after this. (A full disk tells when it has room.) */
const retryMs = 1_000

/** The ledger over an open database. */
export function sqliteLedger(
  db: Database,
  { guard, clock, logger }: { guard: StateGuard; clock: Clock; logger: Logger },
): SqliteLedger {
  const appendBatch = ledgerAppender(db)
  const listeners = new Set<(entries: readonly LedgerEntry[]) => void>()
  const waiting = new WaitingEntries()
  let immediate: NodeJS.Immediate | null = null
  let timer: NodeJS.Timeout | null = null
  let lastCommitMs = Number.NEGATIVE_INFINITY
  /** Why nothing is committed for now. */
  let refused: Error | null = null
  let lost = 0
  let closed = false

  guard.onRoom(resume)

  function commit(): void {
    const batch = waiting.takeBatch()
    if (batch.length === 0) return
    try {
      const appended = guard.writeMuch(`writing ${batch.length} ledger entries`, () =>
        appendBatch(
          batch.map(({ entry }) => entry),
          clock.wallMs(),
        ),
      )
      refused = null
      for (const [index, one] of appended.entries()) batch[index]?.answer?.resolve(one.entry)
      tell(appended)
      confess()
    } catch (error) {
      fail(batch, error instanceof Error ? error : new Error(messageOf(error)))
    }
    lastCommitMs = performance.now()
  }

  function fail(batch: ReturnType<WaitingEntries['takeBatch']>, failure: Error): void {
    const isRetryable = failure instanceof OperationalError && failure.retryable
    if (!isRetryable) return lose(giveUp(batch, failure), failure)
    refused = failure
    waiting.refuse(batch, failure)
  }

  function lose(count: number, why: Error): void {
    if (count === 0) return
    if (lost === 0) logger.error({ error: why.message }, `ledger entries are being lost: ${why.message}`)
    lost += count
  }

  /** The trail says of itself where it has a hole. */
  function confess(): void {
    if (lost === 0) return
    const message = `${lost} entries before this one could not be written and are lost`
    lost = 0
    note({ eventType: 'ledger.entries_lost', level: 'error', actor: 'daemon', message })
  }

  function tell(appended: readonly Appended[]): void {
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

  /** @param patienceMs how long it may wait, if that is longer than what lies between two commits */
  function schedule(patienceMs = 0): void {
    if (immediate !== null || waiting.count === 0) return
    const waitMs = refused === null ? spacingMs : retryMs
    const dueMs = Math.max(patienceMs, lastCommitMs + waitMs - performance.now())
    const isDue = dueMs <= 0 || (waiting.isBatch && refused === null)
    if (!isDue && timer !== null && patienceMs > 0) return
    stopTimer()
    if (isDue) immediate = setImmediate(turn)
    else timer = setTimeout(turn, dueMs)
  }

  function turn(): void {
    stopTimer()
    commit()
    schedule()
  }

  function resume(): void {
    refused = null
    stopTimer()
    turn()
  }

  function stopTimer(): void {
    if (immediate !== null) clearImmediate(immediate)
    if (timer !== null) clearTimeout(timer)
    immediate = null
    timer = null
  }

  function append(entry: NewLedgerEntry): Promise<LedgerEntry> {
    return new Promise((resolve, reject) => {
      const reason = refusalNow()
      if (reason !== null) return reject(reason)
      // Made storable here, so that what cannot be stored fails alone and not the batch it would be in.
      const clean = storable(entry)
      waiting.add({ entry: clean, bytes: bytesOf(clean), answer: { resolve, reject } })
      return schedule()
    })
  }

  function refusalNow(): Error | null {
    if (closed) return refusal('ledger.closed', 'the ledger is closed')
    if (refused !== null) return refused
    if (!waiting.isFull) return null
    return refusal('ledger.full', `${waitingMax} ledger entries wait for the disk already`)
  }

  function note(entry: NewLedgerEntry): void {
    if (closed || waiting.isFull) {
      return lose(1, closed ? new Error('the ledger is closed') : new Error('too many wait for the disk'))
    }
    // It may wait for long, and is to tell then when it happened.
    const data = refused === null ? entry.data : { at: clock.wallMs(), ...entry.data }
    const clean = storable({ ...entry, ...(data === undefined ? {} : { data }) })
    waiting.add({ entry: clean, bytes: bytesOf(clean), answer: null })
    schedule(notedMs)
  }

  return {
    append,
    note,
    read: (filter) => guard.read('reading the ledger', () => readLedger(db, filter)),
    verify: () => verifyLedger(db),
    prune: (bounds) => pruneLedger(db, guard, bounds, clock.wallMs()),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => {
      if (closed) return
      closed = true
      stopTimer()
      refused = null
      while (waiting.count > 0 && refused === null) commit()
      stopTimer()
      const left = waiting.count + lost
      if (left > 0)
        logger.error({ entries: left }, `${left} ledger entries could not be written and are lost`)
    },
  }
}

function refusal(code: string, message: string): OperationalError {
  return new OperationalError(message, { code, retryable: code === 'ledger.full' })
}
