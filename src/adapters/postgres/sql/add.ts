import { UserError } from '../../../errors.ts'
import { taskId, type TaskId } from '../../../domain/ids.ts'
import { taskLimits } from '../../../domain/task.ts'
import type { NewTask } from '../../../ports/task-queue.ts'
import type { Database, Queryable } from '../connect.ts'
import { checkNewTask } from '../new-task-values.ts'
import { textForDatabase } from '../outgoing-values.ts'
import { timeOf } from '../queue-expressions.ts'

/** So many rows, or characters of text, go into one statement: one round trip and one run of the trigger, in bounded memory. */
const batchRows = 1_000
const batchCharacters = 4 * 1024 * 1024

/** All or nothing; ids in the order given. @throws UserError naming the first task that breaks a bound */
export async function add(db: Database, tasks: readonly NewTask[], by: string): Promise<TaskId[]> {
  if (tasks.length > taskLimits.importRows) {
    throw new UserError(`${tasks.length} tasks at once, the limit is ${taskLimits.importRows}`, {
      hint: 'Import them in several files.',
    })
  }
  for (const [index, task] of tasks.entries())
    checkNewTask(task, tasks.length === 1 ? '' : `task ${index + 1}: `)
  const [first, ...others] = batchesOf(tasks)
  if (first === undefined) return []
  // One statement is a transaction by itself: one round trip instead of four.
  if (others.length === 0) return addBatch(db, first, by)
  return db.transaction(async (tx) => {
    const ids: TaskId[] = []
    for (const batch of [first, ...others]) ids.push(...(await addBatch(tx, batch, by)))
    return ids
  })
}

async function addBatch(db: Queryable, batch: readonly NewTask[], by: string): Promise<TaskId[]> {
  const values = [JSON.stringify(batch), textForDatabase(by)]
  const added = await db.query<{ id: number }>(statement, values, 'jr_add')
  // Ids come from one sequence in the order of the rows.
  return added.map((row) => taskId(row.id)).sort((one, other) => one - other)
}

function* batchesOf(tasks: readonly NewTask[]): Generator<NewTask[]> {
  let batch: NewTask[] = []
  let characters = 0
  for (const task of tasks) {
    batch.push(task)
    characters += task.title.length + (task.description ?? '').length
    if (batch.length < batchRows && characters < batchCharacters) continue
    yield batch
    batch = []
    characters = 0
  }
  if (batch.length > 0) yield batch
}

const field = (name: string, type: string): string => `(t.row ->> '${name}')::${type}`
const due = timeOf(`(t.row ->> 'scheduledAt')`)
const isFuture = `coalesce(${due} > now(), false)`

/** Legacy tables may have narrow columns (varchar(20)); what we write there of ourselves is cut to fit. */
const fitting = (value: string, column: string): string =>
  `left(${value}, coalesce((select nullif(atttypmod, -1) - 4 from pg_attribute
    where attrelid = 'jr_work_queue'::regclass and attname = '${column}'), 2147483647))`

/** Signed like `asActor` does it; the trigger runs when all of the statement is done. */
const statement = `
with actor as materialized (select set_config('jrctl.actor', $2, true) as name)
insert into jr_work_queue (title, description, source, created_by, assigned_jr, status, priority,
  sacred_fire_priority, progress_percent, created_at, attempts, max_attempts, scheduled_at, urgent_at, urgent_by,
  channel, score, campaign_id, tags)
select t.row ->> 'title', coalesce(t.row ->> 'description', ''), coalesce(t.row ->> 'source', 'jrctl'),
  coalesce(t.row ->> 'createdBy', ${fitting('$2', 'created_by')}), nullif(t.row ->> 'assignedJr', ''),
  case when ${isFuture} then 'scheduled' when coalesce(t.row ->> 'assignedJr', '') = '' then 'pending' else 'assigned' end,
  coalesce(${field('priority', 'int')}, 5), coalesce(${field('sacredFirePriority', 'int')}, 0), 0, now(), 0,
  coalesce(${field('maxAttempts', 'int')}, 4), case when ${isFuture} then ${due} end,
  case when ${field('urgent', 'boolean')} then now() end,
  case when ${field('urgent', 'boolean')} then $2 end,
  t.row ->> 'channel', ${field('score', 'float8')}, ${field('campaignId', 'bigint')},
  coalesce(array(select jsonb_array_elements_text(t.row -> 'tags')), '{}')
from actor, jsonb_array_elements($1::jsonb) with ordinality as t (row, position)
order by t.position
returning id`
