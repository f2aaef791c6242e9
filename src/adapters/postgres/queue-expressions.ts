/**
 * What the columns of `jr_work_queue` mean, once, for indexes and queries alike: an index serves a query only when both
 * spell the expression alike. NULL counts as the column's default everywhere.
 */

/** A status as text; NULL is pending. */
export const statusOf = (row: string): string => `coalesce(${row}.status::text, 'pending')`

/** Waits for nothing but a worker. */
export const isReady = (row: string): string => `${statusOf(row)} in ('pending', 'assigned')`

/** Waits for its time. */
export const isTimed = (row: string): string => `${statusOf(row)} in ('scheduled', 'retry')`

/** Waits for a worker or for its time. */
export const isWaiting = (row: string): string =>
  `${statusOf(row)} in ('pending', 'assigned', 'scheduled', 'retry')`

export const isAtWork = (row: string): string => `${row}.status::text = 'in_progress'`

/**
 * The same of a row that is found by its key: spelt so that the index of those at work does not offer itself (see `isOpen`).
 */
export const isWorkedOn = (row: string): string => `${statusOf(row)} = 'in_progress'`

/** When a timed task is due; one without a time is due now. */
export const dueAt = (row: string): string => `coalesce(${row}.scheduled_at, '-infinity')`

/**
 * Urgent: urgent_at is set, or sacred_fire_priority is above 8. The value -infinity says that an operator took the urgency
 * of such a row back.
 */
export const isUrgent = (row: string): string =>
  `(case when ${row}.urgent_at is null then coalesce(${row}.sacred_fire_priority, 0) > 8 else ${row}.urgent_at > '-infinity' end)`

/** Whose queue a ready task stands in; the empty name is everybody's. */
export const lineOf = (row: string): string => `coalesce(${row}.assigned_jr::text, '')`

/** More than a name of a channel may have: what stands in an index must not be long enough to refuse somebody's row. */
const channelCharacters = 200

/**
 * A channel's name for comparing (`domain/channel.ts`); the empty name: none. By the collation C, in which a database folds the same
 * letters whatever its locale is.
 */
export const channelOf = (row: string): string =>
  `left(lower(btrim(coalesce(${row}.channel::text, '')) collate "C"), ${channelCharacters})`

/** Has a channel. Most have none, and are done with at the first look. */
export const isDelivery = (row: string): string =>
  `(${row}.channel is not null and btrim(${row}.channel::text) <> '')`

/** The best score first, then those without one (or with NaN, which Postgres takes for the greatest number). */
export const scoreOrder = (row: string): string => `(-${row}.score::float8)`

/** 0 urgent, 1 not. */
export const rankOf = (row: string): string => `(case when ${isUrgent(row)} then 0 else 1 end)`

/** Higher first: turned round, so that the whole order goes one way and places in it can be compared as rows. */
export const sacredOrder = (row: string): string => `(-coalesce(${row}.sacred_fire_priority, 0)::bigint)`

export const priorityOrder = (row: string): string => `coalesce(${row}.priority, 5)`

/** A task's place among those of its line and rank. */
export const placeOf = (row: string): string =>
  `${sacredOrder(row)}, ${priorityOrder(row)}, ${row}.created_at, ${row}.id`

/** Within a line: spec §2, "urgent first, then sacred_fire_priority DESC, priority ASC, created_at ASC, id". */
export const claimOrder = (row: string): string => `${rankOf(row)}, ${placeOf(row)}`

/**
 * Epoch milliseconds of a timestamp, with or without time zone (the session's is meant then), by the database. NULL for
 * `infinity`, which is a time to Postgres and to no other program.
 */
export const epochMs = (time: string): string =>
  `case when isfinite((${time})::timestamptz) then floor(extract(epoch from (${time})::timestamptz) * 1000)::float8 end`

/** A timestamp from the parameter with epoch milliseconds. */
export const timeOf = (parameter: string): string => `to_timestamp(${parameter}::float8 / 1000)`

export const attemptsOf = (row: string): string => `coalesce(${row}.attempts, 0)`
export const maxAttemptsOf = (row: string): string => `coalesce(${row}.max_attempts, 4)`

/**
 * An attempt that has not ended, where it is found by its primary key. Spelt so that the index of the open attempts does
 * not offer itself: the planner takes it for tiny, which it is not while somebody's old transaction keeps the dead alive.
 */
export const isOpen = (attempt: string): string => `coalesce(${attempt}.ended_at, 'infinity') = 'infinity'`

/**
 * Always true, which the planner does not know: it takes the equation for one that hardly any row fulfils. Put on a list of
 * keys it makes each key be looked up in its index, where the planner would else compare ten lookups, its guess for any
 * list, with reading the whole of a table that is small now.
 */
export const looksRare = (column: string): string => `${column} % 1 = 0`
