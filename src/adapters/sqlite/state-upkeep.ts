import type { Database } from 'better-sqlite3'
import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import type { StateUpkeepReport } from '../../domain/night-report.ts'
import type { StateUpkeep } from '../../ports/database-upkeep.ts'
import type { StateGuard } from './state-guard.ts'

/** 1 MB, some milliseconds of the event loop; then it turns. */
const pagesPerStep = 256
/** A night gives back up to 256 MB; what is left is the next one's. */
const stepsMax = 256
/** Free pages are used again: some are kept, or each night would give back what the next day asks for. */
const pagesKept = 1_024

/**
 * `PRAGMA optimize` renews statistics where they are stale (bounded by analysis_limit), and free pages at the end of the file
 * are given back in small steps. Files of before auto_vacuum keep their size: only a VACUUM, which writes all of it anew while
 * everybody waits, could change that, and their free pages are used again.
 */
export function createStateUpkeep(db: Database, guard: StateGuard): StateUpkeep {
  const number = (pragma: string): number => Number(db.pragma(pragma, { simple: true }))

  function look(): StateUpkeepReport {
    return guard.read('measuring the state file', () => {
      const pageBytes = number('page_size')
      const size = number('page_count') * pageBytes
      return { sizeBefore: size, sizeAfter: size, free: number('freelist_count') * pageBytes }
    })
  }

  function giveBack(): boolean {
    return guard.writeMuch('giving free space back', () => {
      const spare = number('freelist_count') - pagesKept
      if (number('auto_vacuum') !== incremental || spare <= 0) return false
      db.pragma(`incremental_vacuum(${Math.min(spare, pagesPerStep)})`)
      return true
    })
  }

  return {
    async run() {
      const before = look()
      guard.write('optimizing the state', () => {
        db.pragma('analysis_limit = 400')
        db.pragma('optimize')
      })
      for (let step = 0; step < stepsMax && giveBack(); step += 1) await eventLoopTurn()
      return { ...look(), sizeBefore: before.sizeBefore }
    },
  }
}

/** sqlite.org/pragma.html#pragma_auto_vacuum */
const incremental = 2
