import Database from 'better-sqlite3'
import { entryOf } from '../../src/adapters/sqlite/ledger-row.ts'
import type { LedgerRow } from '../../src/adapters/sqlite/ledger-row.ts'
import { verifyLedger } from '../../src/adapters/sqlite/ledger-verify.ts'
import type { LedgerEntry } from '../../src/domain/ledger-event.ts'
import type { Json } from '../../src/domain/task.ts'
import type { LedgerVerdict } from '../../src/ports/ledger.ts'
import type { ChaosServer } from './fleet/server.ts'
import { type Effect, readEffects } from './fleet/effects.ts'

/** All that is known of the tasks from `fromTask` on, gathered from those who wrote it down independently. */
export interface Evidence {
  /** Ids of the tasks whose insertion was acknowledged. */
  accepted: readonly number[]
  tasks: TaskFact[]
  attempts: AttemptFact[]
  events: EventFact[]
  effects: Effect[]
  ledgers: LedgerFact[]
}

export interface TaskFact {
  id: number
  status: string
  version: number
  /** The mark of the attempt whose result the row holds. */
  resultBy: string | null
  /** The row as its events would show it. */
  columns: { [column: string]: Json }
}

export interface AttemptFact {
  taskId: number
  fence: number
  attempt: number
  instanceId: string
  keyHash: string
  startedAt: number
  endedAt: number | null
  outcome: string | null
}

export interface EventFact {
  id: number
  taskId: number
  version: number
  kind: string
  from: string | null
  to: string | null
}

export interface LedgerFact {
  node: string
  verdict: LedgerVerdict
  entries: LedgerEntry[]
}

const epochMs = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`

export async function gather(from: {
  server: ChaosServer
  nodes: readonly { name: string; stateFile: string }[]
  effectsFile: string
  accepted: readonly number[]
  fromTask: number
}): Promise<Evidence> {
  const { server, fromTask } = from
  const accepted = from.accepted.filter((id) => id >= fromTask)
  const tasks = await server.ask<TaskFact>(
    `select q.id::int as id, q.status, coalesce(s.version, 0)::int as version, q.result->>'by' as "resultBy",
       jsonb_strip_nulls(to_jsonb(q) - 'id') as columns
     from jr_work_queue q left join jr_task_state s on s.task_id = q.id where q.id >= $1 order by q.id`,
    [fromTask],
  )
  const attempts = await server.ask<AttemptFact>(
    `select task_id::int as "taskId", fence::int as fence, attempt, instance_id as "instanceId", key_hash as "keyHash",
       ${epochMs('started_at')} as "startedAt", ${epochMs('ended_at')} as "endedAt", outcome
     from jr_attempts where task_id >= $1 order by task_id, fence`,
    [fromTask],
  )
  const events = await server.ask<EventFact>(
    `select id::int as id, task_id::int as "taskId", version::int as version, kind, from_status as "from", to_status as "to"
     from jr_events where task_id >= $1 order by task_id, version`,
    [fromTask],
  )
  const ledgers = await Promise.all(
    from.nodes.map(({ name, stateFile }) => readLedger(name, stateFile, fromTask)),
  )
  return { accepted, tasks, attempts, events, effects: readEffects(from.effectsFile, fromTask), ledgers }
}

/** The node's ledger as it lies on the disk; beside the daemon, which goes on writing. */
export async function readLedger(node: string, stateFile: string, fromTask: number): Promise<LedgerFact> {
  const db = new Database(stateFile, { readonly: true, timeout: 2_000 })
  try {
    const verdict = await verifyLedger(db)
    const rows = db
      .prepare<[number], LedgerRow>('select * from ledger_entries where task_id >= ? order by id')
      .all(fromTask)
    return { node, verdict, entries: rows.map(entryOf) }
  } finally {
    db.close()
  }
}

/** Which change of which task an entry tells of; null: of none. */
export function changeOf({ taskId, data }: LedgerEntry): string | null {
  const version = data?.['version']
  return typeof version === 'number' ? `${taskId}:${version}` : null
}

/** Events that some node's ledger does not have yet. */
export function untold({ ledgers, events }: Pick<Evidence, 'ledgers' | 'events'>): number {
  const lacking = ledgers.map(({ entries }) => {
    const told = new Set(entries.map(changeOf))
    return events.filter((event) => !told.has(`${event.taskId}:${event.version}`)).length
  })
  return Math.max(...lacking)
}
