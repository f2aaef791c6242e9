import { isLeading, lead, rowsOf } from '../under-mandate.ts'

/** An action upon tasks, as the parts of one statement. From $6 on its parameters are its own. */
export interface TaskAction {
  /**
   * A query of the tasks `q` that are still as it was decided upon: `id`, `mark` (a `TaskMark`), and what `changes` need. Locks
   * their rows, those that somebody else has in hand left out; its WHERE holds `isOpenIntent`.
   */
  picked: string
  /** Updates of `jr_work_queue q` from `picked`, no task in two of them, each returning `q.id`. */
  changes: readonly [string, ...string[]]
}

/** Whether the decision is on record and nobody has acted upon it. */
export const isOpenIntent = `exists (select from intent)`

/** Ends a query of `picked`. In order, so that two statements that want the same rows do not wait for each other. */
export const locked = `order by q.id for update of q skip locked`

/**
 * The statement of an action: proves the mandate, takes the decision $5 off the open ones, changes the tasks, marks each that it
 * was at (also one that was so already: it is not looked at again for a while) and settles the record. All or nothing, without a
 * lock that our process could keep; a second time it finds no open intent and does nothing.
 */
export function statementOf({ picked, changes }: TaskAction): string {
  const names = changes.map((_, index) => `change_${index + 1}`)
  return `
with ${lead}, intent as materialized (
  select d.id from jr_decisions d where d.id = $5 and d.state = 'intended' and ${isLeading} for update
), picked as materialized (
  ${picked}
), ${changes.map((change, index) => `${names[index]} as (\n  ${change}\n)`).join(', ')}, changed as materialized (
  ${names.map((name) => `select id from ${name}`).join(' union all ')}
), marked as (
  insert into jr_task_actions as m (task_id, action, acted_at, decision_id, times)
  select picked.id, picked.mark, now(), $5, 1 from picked
  on conflict (task_id, action) do update
  set acted_at = excluded.acted_at, decision_id = excluded.decision_id, times = m.times + 1
), settled as (
  update jr_decisions d set state = 'executed', settled_at = now(),
    result = jsonb_build_object('changed', coalesce((select jsonb_agg(changed.id order by changed.id) from changed), '[]'))
  from intent where d.id = intent.id
  returning d.result
)
${rowsOf('settled')}`
}
