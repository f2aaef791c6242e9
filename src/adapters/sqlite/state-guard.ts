import type { Database } from 'better-sqlite3'
import { OperationalError, messageOf } from '../../errors.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateCondition, StateHealth } from '../../ports/state-health.ts'
import { type DiskSpace, diskSpaceOf, lowWaterBytes } from './disk-space.ts'
import { isFatal, operational } from './failures.ts'
import { walHasRoom } from './wal-bound.ts'

/** Every read and write of the state goes through here, so that one refusal is known to all. */
export interface StateGuard extends StateHealth {
  read<Result>(doing: string, action: () => Result): Result
  /** Throws OperationalError `state.*`; at once, without trying, while it is known that the disk takes nothing. */
  write<Result>(doing: string, action: () => Result): Result
  /** A write of up to a megabyte: also refused (`state.pinned`) while the write-ahead log cannot be folded. */
  writeMuch<Result>(doing: string, action: () => Result): Result
  /** Called, to write at once what was refused, whenever that may be tried again. What it meets decides whether it may. */
  onRoom(action: () => void): void
  /** Looks at the disk now, instead of at the next look. */
  look(): void
  stop(): void
}

/** While all is well, how often the free space is looked at; while it is not, how often recovery is tried. */
const lookEveryMs = 2_000
const probeEveryMs = 1_000
/** Claims go on when twice what is too little is free, or they would flap. */
const hysteresis = 2

export interface StateGuardOptions {
  clock: Clock
  logger: Logger
  freeSpace?: (path: string) => DiskSpace | null
}

export function createStateGuard(db: Database, options: StateGuardOptions): StateGuard {
  const { clock, logger, freeSpace = diskSpaceOf } = options
  const probeWrite = db.prepare(
    `INSERT INTO documents (key, value) VALUES ('state.probe', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  )
  const listeners = new Set<(condition: StateCondition) => void>()
  const waiting: (() => void)[] = []
  let condition: StateCondition = { kind: 'sound' }
  let timer: Timer | null = null
  /** While the disk is full: whether it is being tried, and whether that went well so far. */
  let trial: { refused: boolean } | null = null

  function become(next: StateCondition): void {
    const changed = next.kind !== condition.kind
    condition = next
    arm()
    if (!changed) return
    if (next.kind === 'failed')
      logger.error({ path: db.name }, `the local state failed: ${next.error.message}`)
    for (const listener of listeners) safely('a listener to the state', () => listener(next))
  }

  function safely(who: string, action: () => void): void {
    try {
      action()
    } catch (error) {
      logger.error({ error: messageOf(error) }, `${who} failed: ${messageOf(error)}`)
    }
  }

  function arm(): void {
    timer?.cancel()
    timer = null
    if (condition.kind === 'failed') return
    const delayMs = condition.kind === 'sound' ? lookEveryMs : probeEveryMs
    timer = clock.after(delayMs, look, { background: true })
  }

  /** Whatever SQLite says is heard here. */
  function attempt<Result>(doing: string, action: () => Result): Result {
    if (condition.kind === 'failed') throw condition.error
    try {
      return action()
    } catch (error) {
      const failure = operational(error, doing)
      if (isFatal(failure)) become({ kind: 'failed', error: failure })
      else if (failure instanceof OperationalError && failure.code === 'state.full') {
        if (trial !== null) trial.refused = true
        become({ kind: 'full', reason: fullReason })
      }
      throw failure
    }
  }

  function look(): void {
    if (condition.kind === 'failed' || !db.open) return
    try {
      if (condition.kind === 'full') lookWhenFull()
      else if (condition.kind === 'pinned') lookWhenPinned()
      else become(byFreeSpace())
    } catch {
      // Whatever it was, `attempt` has heard it and has set the condition; the next look is armed by that.
    }
  }

  /** What was refused is itself the proof: a smaller write may find room in pages that are ours, and the next one not. */
  function lookWhenFull(): void {
    const space = freeSpace(db.name)
    if (space !== null && space.freeBytes < lowWaterBytes(space)) return arm()
    const running = { refused: false }
    trial = running
    try {
      attempt('probing the disk', () => probeWrite.run(String(clock.wallMs())))
      goOn()
    } finally {
      trial = null
    }
    if (running.refused) arm()
    else become(byFreeSpace())
  }

  function lookWhenPinned(): void {
    if (!attempt('folding the log', () => walHasRoom(db))) return arm()
    become(byFreeSpace())
    goOn()
  }

  function goOn(): void {
    for (const again of waiting) safely('going on', again)
  }

  function byFreeSpace(): StateCondition {
    const space = freeSpace(db.name)
    if (space === null) return { kind: 'sound' }
    const { freeBytes } = space
    const needed = lowWaterBytes(space) * (condition.kind === 'sound' ? 1 : hysteresis)
    if (freeBytes >= needed) return { kind: 'sound' }
    return { kind: 'low', reason: `state disk nearly full: ${(freeBytes / 2 ** 20).toFixed(1)} MB free` }
  }

  function write<Result>(doing: string, action: () => Result): Result {
    if (condition.kind === 'full' && trial === null)
      throw refusal('state.full', `${doing}: ${fullReason}`, fullHint)
    return attempt(doing, action)
  }

  arm()
  return {
    get condition() {
      return condition
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    read: attempt,
    write,
    writeMuch(doing, action) {
      if (condition.kind !== 'full' && !attempt(doing, () => walHasRoom(db))) {
        become({ kind: 'pinned', reason: pinnedReason })
        throw refusal('state.pinned', `${doing}: ${pinnedReason}`, pinnedHint)
      }
      return write(doing, action)
    },
    onRoom: (action) => void waiting.push(action),
    look,
    stop() {
      timer?.cancel()
      timer = null
    },
  }
}

const fullReason = 'state disk full'
const fullHint = 'free some space on the disk that holds the state directory'
const pinnedReason = 'an open read of the state file keeps its write-ahead log from being folded'
const pinnedHint = 'find who has the file open (fuser state.sqlite) and end it'

function refusal(code: string, message: string, hint: string): OperationalError {
  return new OperationalError(message, { code, retryable: true, hint })
}
