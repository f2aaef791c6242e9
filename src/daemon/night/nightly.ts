import type { Timetable } from '../../domain/runs/timetable.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { type Duty, createDuty } from '../duty.ts'

const lastKey = 'nightly.last'
/** A night that was missed is made up for within this; later, the next one is near enough. */
const lateMaxMs = 12 * 3_600_000
const setBackMaxMs = 24 * 3_600_000
/** The wall clock may be set, and a machine may sleep: the timer to the night is no longer than this. */
const lookEveryMs = 600_000

/**
 * Does the night's work once a night, at the time that the timetable says. What was seen is kept, so that a restart makes no
 * second night, and a night that fell into a pause of the daemon is made up for at its next start.
 */
export function createNightly(deps: {
  timetable: Timetable
  store: StateStore
  clock: Clock
  logger: Logger
  /** One night's work; `due` is its time. */
  work(due: number): Promise<void>
}): Duty {
  const { timetable, store, clock } = deps
  const logger = deps.logger.child({ part: 'nightly' })

  async function run(): Promise<number> {
    const nowMs = clock.wallMs()
    const [due] = timetable.latest(nowMs, 1)
    const last = lastOf(store.get(lastKey), nowMs)
    if (due !== undefined && due > (last ?? -Infinity)) {
      // Before the work: a night that kills its daemon is not tried again for ever.
      store.put(lastKey, due)
      // A first start has missed nothing.
      if (last !== null && nowMs - due <= lateMaxMs) await deps.work(due)
    }
    const next = timetable.next(clock.wallMs())
    return next === null ? lookEveryMs : Math.min(lookEveryMs, Math.max(0, next - clock.wallMs()))
  }

  return createDuty(
    { name: 'the nightly work', everyMs: lookEveryMs, minGapMs: 1_000, run },
    { clock, logger },
  )
}

/** The last night; null: none is known. A clock that was set back has been here before; by more than a day, it was wrong. */
function lastOf(stored: unknown, nowMs: number): number | null {
  return typeof stored === 'number' && stored - nowMs <= setBackMaxMs ? stored : null
}
