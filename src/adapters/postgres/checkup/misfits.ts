import type { Database, Queryable } from '../connect.ts'
import { claimOrder, dueAt, isAtWork, isReady, isTimed, lineOf } from '../queue-expressions.ts'

/** What each index is for: a query that it answers in order, without a sort. */
const probes: Record<string, string> = {
  jr_work_queue_ready: `select q.id from jr_work_queue q where ${lineOf('q')} = '' and ${isReady('q')}
    order by ${claimOrder('q')} limit 1`,
  jr_work_queue_due: `select q.id from jr_work_queue q where ${isTimed('q')} order by ${dueAt('q')}, q.id limit 1`,
  jr_work_queue_at_work: `select q.id from jr_work_queue q where ${isAtWork('q')} order by q.id limit 1`,
}

/** Whatever the statistics say, an index that fits is then the only plan without a penalty. */
const withoutAlternatives = ['enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'enable_incremental_sort']

/**
 * Indexes that bear our names and do not serve our queries: somebody made or changed them by hand. Asked of the planner,
 * since the catalog shows definitions in words of its own.
 */
export function examineMisfits(db: Database): Promise<string[]> {
  return db.transaction(async (tx) => {
    await tx.query('set transaction read only')
    for (const setting of withoutAlternatives) await tx.query(`set local ${setting} = off`)
    const misfits: string[] = []
    for (const [name, query] of Object.entries(probes)) {
      if ((await isThere(tx, name)) && !(await serves(tx, name, query))) misfits.push(name)
    }
    return misfits
  })
}

async function isThere(tx: Queryable, name: string): Promise<boolean> {
  const rows = await tx.query(
    `select from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = to_regclass('jr_work_queue') and c.relname = $1 and i.indisvalid`,
    [name],
  )
  return rows.length > 0
}

async function serves(tx: Queryable, name: string, query: string): Promise<boolean> {
  const rows = await tx.query<{ 'QUERY PLAN': string }>(`explain ${query}`)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  return plan.includes(` using ${name} `) && !plan.includes('Sort')
}
