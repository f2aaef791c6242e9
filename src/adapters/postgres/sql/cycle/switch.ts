import type { CycleSwitch } from '../../../../ports/cycle-store.ts'
import { channels } from '../../channels.ts'
import type { Queryable } from '../../connect.ts'
import { textForDatabase } from '../../outgoing-values.ts'
import { epochMs } from '../../queue-expressions.ts'

interface SwitchRow {
  enabled: boolean
  changed_by: string
  changed_at: number
}

const columns = `enabled, changed_by, ${epochMs('changed_at')} as changed_at`

/** The cluster's switch; null: nobody ever turned it. */
export async function readSwitch(db: Queryable): Promise<CycleSwitch | null> {
  const [row] = await db.query<SwitchRow>(`select ${columns} from jr_orchestrator`)
  return row === undefined ? null : switchOfRow(row)
}

/** Turns it and tells the nodes. One that stands so already keeps who turned it, and when. */
export async function setSwitch(db: Queryable, enabled: boolean, by: string): Promise<CycleSwitch> {
  const [row] = await db.query<SwitchRow>(turn, [enabled, textForDatabase(by)])
  return row === undefined ? { enabled, by, at: 0 } : switchOfRow(row)
}

const turn = `
with turned as (
  insert into jr_orchestrator as o (enabled, changed_by, changed_at) values ($1, $2, now())
  on conflict (single) do update set enabled = excluded.enabled, changed_by = excluded.changed_by, changed_at = excluded.changed_at
  where o.enabled is distinct from excluded.enabled
  returning ${columns}
), told as (
  select pg_notify('${channels.changed}', '') from turned
)
select turned.* from turned left join told on true
union all
select ${columns} from jr_orchestrator where not exists (select from turned)`

function switchOfRow({ enabled, changed_by: by, changed_at: at }: SwitchRow): CycleSwitch {
  return { enabled, by, at }
}
