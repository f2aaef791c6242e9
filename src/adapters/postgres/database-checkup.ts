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
  { clock, random }: { clock: Clock; random: Random },
): DatabaseCheckup {
  return {
    async examine() {
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

async function look<T>(work: () => Promise<T>): Promise<Look<T>> {
  try {
    return { kind: 'seen', value: await work() }
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'db.unreachable') throw error
    return { kind: 'unseen', why: messageOf(error) }
  }
}
