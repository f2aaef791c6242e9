import type { Mandate } from '../../../ports/leadership.ts'
import { channels } from '../channels.ts'
import type { Queryable } from '../connect.ts'
import { clusterDuty } from './under-mandate.ts'

/** The lease ends now, and whoever waits for it is told. */
export async function resign(db: Queryable, { nodeId, epoch, term }: Mandate): Promise<void> {
  await db.query(statement, [nodeId, epoch, term])
}

const statement = `
with gone as (
  update jr_leader set expires_at = clock_timestamp()
  where duty = '${clusterDuty}' and node_id = $1 and epoch = $2 and term = $3 and expires_at > clock_timestamp()
  returning duty
)
select pg_notify('${channels.leader}', duty) from gone`
