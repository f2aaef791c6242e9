import type { Transition } from '../../domain/alerts/alert.ts'
import {
  remembered,
  transitionOf,
  type Told,
  type TransitionMemory,
} from '../../domain/alerts/transitions.ts'
import type { LedgerEntry } from '../../domain/ledger-event.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'

/** Reads the ledger for what people want to be told of, from where an earlier daemon left off. */
export interface LedgerReader {
  /** Where it stands, to be kept. */
  readonly place: { readUpTo: number | null; memory: TransitionMemory }
  /** Reads on to the present, then follows, until the returned function is called. */
  follow(): () => void
}

export interface LedgerReaderDeps {
  nodeId: string
  /** What all nodes see is told by the one that leads. */
  leads(): boolean
  /** Where an earlier reading ended. */
  from: LedgerReader['place']
  ledger: Ledger
  clock: Clock
  logger: Logger
  tell(transition: Transition): void
  /** This node leads in another's place. */
  tookOver(): void
  /** Much was read since the place was told the last time. */
  moved(): void
}

/** What an earlier daemon left unread and is older is no news any more. */
const newsMs = 3_600_000
/** Entries that are read at once, and how often, to catch up: some 50 ms at the most. */
const page = 1_000
const pagesMax = 10
/** Without alerts the place is worth keeping after so many entries: it saves reading them again. */
const entriesUnkeptMax = 5_000
/** Of what a leader should have told: longer than a lease, so that the next one tells what a dead one did not. */
const unledMs = 30_000
const unledMax = 100

export function createLedgerReader(deps: LedgerReaderDeps): LedgerReader {
  const { ledger, clock, logger } = deps
  let { readUpTo, memory } = deps.from
  let unled: Transition[] = []
  let unkept = 0

  function read(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      const told = transitionOf(entry, deps.nodeId, memory)
      memory = remembered(entry, memory)
      readUpTo = Math.max(readUpTo ?? 0, entry.id)
      if (entry.eventType === 'cluster.leader_gained') beginReign()
      if (told !== null) pass(told)
    }
    unkept += entries.length
    if (unkept <= entriesUnkeptMax) return
    unkept = 0
    deps.moved()
  }

  function pass({ by, transition }: Told): void {
    if (by === 'node' || deps.leads()) return deps.tell(transition)
    unled = [...unled.filter(isNews), transition].slice(-unledMax)
  }

  function isNews({ at }: Transition): boolean {
    return at >= clock.wallMs() - unledMs
  }

  /** Whoever led before may have told what is told now; the ids say so. */
  function beginReign(): void {
    if (memory.tookOver) deps.tookOver()
    for (const transition of unled.filter(isNews)) deps.tell(transition)
    unled = []
  }

  /** A ledger that cannot be read now costs the past, and nothing else. */
  function catchUp(): void {
    try {
      readOn()
    } catch (error) {
      logger.warn({ error: messageOf(error) }, `alerts of before the start are not told: ${messageOf(error)}`)
    }
  }

  function readOn(): void {
    const since = clock.wallMs() - newsMs
    for (let pages = 0; pages < pagesMax && readUpTo !== null; pages += 1) {
      const entries = ledger.read({ afterId: readUpTo, since, limit: page })
      read(entries)
      if (entries.length < page) return
    }
    // At the very first start there is no past; and of a long one the rest is more than anybody wants to be told at once.
    readUpTo = ledger.read({ limit: 1 }).at(-1)?.id ?? 0
  }

  return {
    get place() {
      return { readUpTo, memory }
    },
    follow() {
      catchUp()
      return ledger.subscribe(read)
    },
  }
}
