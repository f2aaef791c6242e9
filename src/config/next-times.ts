import type { WorkerDefinition } from './policy.ts'

/** So many tell whether a schedule means what its writer meant. */
const timesShown = 3

/** When the scheduled workers of a checked configuration run next, epoch milliseconds, and by whose clock (null: the host's). */
export async function nextTimes(
  workers: readonly WorkerDefinition[],
  nowMs: number,
): Promise<{ worker: string; timezone: string | null; next: number[] }[]> {
  const scheduled = workers.flatMap(({ name, schedule }) =>
    schedule === undefined ? [] : [{ name, schedule }],
  )
  if (scheduled.length === 0) return []
  const { compileSchedule } = await import('../expressions/schedule.ts')
  return scheduled.map(({ name, schedule: { cron, timezone } }) => {
    const compiled = compileSchedule(cron, timezone)
    const next: number[] = []
    let time = compiled.kind === 'schedule' ? compiled.timetable.next(nowMs) : null
    while (compiled.kind === 'schedule' && time !== null && next.length < timesShown) {
      next.push(time)
      time = compiled.timetable.next(time)
    }
    return { worker: name, timezone, next }
  })
}
