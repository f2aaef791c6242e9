import type { Migration } from './migration.ts'

/** Beyond this a JavaScript number, and a JSON number for most programs, is no longer the id that was meant. */
const idMax = Number.MAX_SAFE_INTEGER

/**
 * What no row may hold, so that one program's odd INSERT is refused there, instead of standing in everybody's way here. Not
 * valid: rows that are there already are not read for it.
 */
export const boundsMigration: Migration = {
  version: 4,
  name: 'bounds',
  statements: () => [
    `alter table jr_work_queue drop constraint if exists jr_work_queue_id_bound,
  add constraint jr_work_queue_id_bound check (id <= ${idMax}) not valid`,
  ],
}
