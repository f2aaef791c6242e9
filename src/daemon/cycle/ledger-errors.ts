import type { LedgerEntry } from '../../domain/ledger-event.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'

/** The errors of this node's ledger within the last hour, without a question to the ledger at every pass. */
export interface LedgerErrors {
  /** To the minute: one that is older by less is counted still. */
  lastHour(): number
  stop(): void
}

const minuteMs = 60_000
const minutes = 60
/** Of what was written before this start, so many are read; a score is at 0 with a fiftieth of them. */
const readMax = 1_000

/**
 * Counts entries of level error but the cycle's own. Ages are monotonic: a clock that is set, forwards or back, neither forgives nor
 * invents an error of this life of the daemon.
 */
export function createLedgerErrors(ledger: Pick<Ledger, 'read' | 'subscribe'>, clock: Clock): LedgerErrors {
  const counts = new Map<number, number>()
  const nowMs = clock.wallMs()
  const written = ledger.read({ level: 'error', since: nowMs - minutes * minuteMs, limit: readMax })
  for (const entry of written.filter(isCounted))
    note(clock.monotonicMs() - Math.max(0, nowMs - entry.createdAt))
  const stop = ledger.subscribe((entries) => {
    for (const _ of entries.filter(isCounted)) note(clock.monotonicMs())
  })

  function note(atMs: number): void {
    forget()
    const minute = minuteOf(atMs)
    counts.set(minute, (counts.get(minute) ?? 0) + 1)
  }

  /** There are never more than the minutes of an hour. */
  function forget(): void {
    const oldest = minuteOf(clock.monotonicMs()) - minutes
    for (const minute of counts.keys()) if (minute < oldest) counts.delete(minute)
  }

  return {
    lastHour() {
      forget()
      return [...counts.values()].reduce((sum, count) => sum + count, 0)
    },
    stop,
  }
}

const minuteOf = (atMs: number): number => Math.floor(atMs / minuteMs)

/** What the cycle does, as an emergency's dead letters, is no error to it: it would make the fleet sick by healing it. */
function isCounted({ level, eventType, actor }: LedgerEntry): boolean {
  return (
    level === 'error' &&
    !/^(?:orchestrator|system\.health)\./.test(eventType) &&
    !actor.startsWith('orchestrator:')
  )
}
