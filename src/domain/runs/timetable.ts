/** When something is due. Times are epoch milliseconds, whole seconds; made of a cron expression (`expressions/schedule.ts`). */
export interface Timetable {
  /** The first time after `afterMs`; null: it never comes again. */
  next(afterMs: number): number | null
  /** The last `count` times up to and at `untilMs`, oldest first. */
  latest(untilMs: number, count: number): number[]
}
