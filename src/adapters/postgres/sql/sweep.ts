import { jrName, type JrName } from '../../../domain/ids.ts'
import type { Led } from '../../../ports/cluster-duties.ts'
import type { Mandate } from '../../../ports/leadership.ts'
import type { Rescued } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { rescuedOfRow, type RescuedRow } from './give-back.ts'
import { goOffline, silentJrs } from './mark-silent-offline.ts'
import { giveBackStuck, stuckTasks } from './rescue-stuck.ts'
import { isLeading, lead, rowsOf, underMandate } from './under-mandate.ts'

/** More stuck at once are the next call's. */
const batch = 500

/** `rescueStuck` as the leader's duty. */
export async function sweepStuck(db: Queryable, mandate: Mandate, stuckMs: number): Promise<Led<Rescued[]>> {
  const done = await underMandate<RescuedRow & { id: number | null }>(db, mandate, stuckStatement, [
    stuckMs,
    batch,
  ])
  if (!done.led) return done
  return { led: true, result: done.result.flatMap((row) => (row.id === null ? [] : [rescuedOfRow(row)])) }
}

const stuckStatement = `
with ${lead}, ${stuckTasks('$5', '$6', isLeading)}, returned as (${giveBackStuck('$5')}
)
${rowsOf('returned')}`

/** `markSilentOffline` as the leader's duty; a node that was not seen for a month is forgotten too. */
export async function sweepSilent(db: Queryable, mandate: Mandate, silentMs: number): Promise<Led<JrName[]>> {
  const done = await underMandate<{ jr_name: string | null }>(db, mandate, silentStatement, [silentMs])
  if (!done.led) return done
  return {
    led: true,
    result: done.result.flatMap(({ jr_name: name }) => (name === null ? [] : [jrName(name)])),
  }
}

const silentStatement = `
with ${lead}, ${silentJrs('$5', isLeading)}, offline as (
  ${goOffline()}
), unknown as (
  delete from jr_nodes where last_seen < now() - interval '30 days' and ${isLeading} returning node_id
), unsaid as (
  delete from jr_accepts a using unknown where a.node_id = unknown.node_id
)
${rowsOf('offline')}`
