import type { Led, Pruned } from '../../../ports/cluster-duties.ts'
import { rowsOf } from './under-mandate.ts'

export interface PrunedRow {
  deleted: number
  seen: number
  last_id: number | null
  first_kept_id: number | null
  is_young: boolean
}

/** The end of a pruning statement with the CTEs `page (id, young)` and `gone (id)`. */
export const prunedRows = `, pruned as (
  select count(gone.id) as deleted, count(*) as seen, max(page.id) as last_id,
    min(page.id) filter (where gone.id is null) as first_kept_id, coalesce(bool_and(coalesce(young, false)), true) as is_young
  from page left join gone on gone.id = page.id
)
${rowsOf('pruned')}`

export function prunedOf(done: Led<PrunedRow[]>): Led<Pruned> {
  if (!done.led) return done
  const [row] = done.result
  return {
    led: true,
    result: {
      deleted: row?.deleted ?? 0,
      seen: row?.seen ?? 0,
      lastId: row?.last_id ?? null,
      firstKeptId: row?.first_kept_id ?? null,
      isYoung: row?.is_young ?? true,
    },
  }
}
