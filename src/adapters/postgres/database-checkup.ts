import { messageOf, OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DatabaseCheckup, Look } from '../../ports/database-checkup.ts'
import type { Random } from '../../ports/random.ts'
import { examineConnections } from './checkup/connections.ts'
import { examineCounts } from './checkup/counts.ts'
import { examineHorizon } from './checkup/horizon.ts'
import { examineListening } from './checkup/listening.ts'
import { examineMisfits } from './checkup/misfits.ts'
import { examineRights } from './checkup/rights.ts'
import { examineSchema } from './checkup/schema.ts'
import { examineSequences } from './checkup/sequences.ts'
import { examineServer } from './checkup/server.ts'
import { examineSettings } from './checkup/settings.ts'
import { examineTables } from './checkup/tables.ts'
import { examineTrigger } from './checkup/trigger.ts'
import { examineZone } from './checkup/zone.ts'
import type { Database } from './connect.ts'

/** Part by part, each on its own: what one may not see keeps nobody from seeing the others. */
export function createDatabaseCheckup(
  db: Database,
  {
    clock,
    random,
    wholeMs = Number.POSITIVE_INFINITY,
  }: {
    clock: Clock
    random: Random
    /** What is not seen by then, the server itself apart, is left out. */
    wholeMs?: number
  },
): DatabaseCheckup {
  return {
    async examine() {
      const untilMs = clock.monotonicMs() + wholeMs
      const look = <T>(work: () => Promise<T>): Promise<Look<T>> => {
        const leftMs = untilMs - clock.monotonicMs()
        return leftMs > 0 ? soon(clock, leftMs, tried(work)) : Promise.resolve(noTimeLeft)
      }
      const server = await examineServer(db, clock)
      return {
        server,
        schema: await look(() => examineSchema(db)),
        misfits: await look(() => examineMisfits(db)),
        trigger: await look(() => examineTrigger(db)),
        counts: await look(() => examineCounts(db)),
        horizon: await look(() => examineHorizon(db)),
        tables: await look(() => examineTables(db)),
        settings: await look(() => examineSettings(db)),
        connections: await look(() => examineConnections(db)),
        listening: await look(() => examineListening(db, clock, random)),
        rights: await look(() => examineRights(db)),
        zone: await look(() => examineZone(db)),
        sequences: await look(() => examineSequences(db)),
      }
    },
  }
}

function soon<T>(clock: Clock, leftMs: number, part: Promise<Look<T>>): Promise<Look<T>> {
  if (leftMs === Number.POSITIVE_INFINITY) return part
  return new Promise((resolve, reject) => {
    const timer = clock.after(leftMs, () => resolve(noTimeLeft))
    part.then(resolve, reject).finally(() => timer.cancel())
  })
}

/** The parts before it took all that there was. */
const noTimeLeft = { kind: 'unseen', why: 'not known: the database is too slow, no time was left' } as const

async function tried<T>(work: () => Promise<T>): Promise<Look<T>> {
  try {
    return { kind: 'seen', value: await work() }
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'db.unreachable') throw error
    return { kind: 'unseen', why: messageOf(error) }
  }
}
