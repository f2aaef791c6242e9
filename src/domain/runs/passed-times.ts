import type { Timetable } from './timetable.ts'

/**
 * What becomes of times that passed while nobody could act on them (the daemon was away, the machine slept).
 * `once`: one run for all of them. `skip`: none. `all`: a run each, the latest `missedMax`.
 */
export const missedPolicies = ['once', 'skip', 'all'] as const
export type MissedPolicy = (typeof missedPolicies)[number]

/** A time that passed no longer ago than this is late, not missed: a restart of the daemon is no reason to skip a run. */
export const lateMs = 60_000

/** More missed times than this are neither caught up with nor counted: a schedule by the second misses 86,400 a day. */
export const missedMax = 100

export interface PassedTimes {
  /** The times to run for, oldest first. */
  due: number[]
  /** How many passed without a run of their own … */
  missed: number
  /** … or more than that, for nobody counted on. */
  uncounted: boolean
  /** The latest time that passed; null: none did. What is due after it is still to come. */
  seenMs: number | null
}

/**
 * The times in (`seenMs`, `nowMs`] and which of them are run for. As each time is seen once, a clock that is set back, or a
 * daemon that is started anew, makes no second run of it.
 */
export function passedTimes(
  timetable: Timetable,
  seenMs: number,
  nowMs: number,
  policy: MissedPolicy,
): PassedTimes {
  const passed = timesBetween(timetable, seenMs, nowMs)
  const counted = passed.slice(-missedMax)
  const due = dueOf(counted, nowMs, policy)
  return {
    due,
    missed: counted.length - due.length,
    uncounted: passed.length > missedMax,
    seenMs: passed.at(-1) ?? null,
  }
}

/** Mostly there is one: the many are looked for only when there are two. */
function timesBetween(timetable: Timetable, seenMs: number, nowMs: number): number[] {
  const isNew = (time: number): boolean => time > seenMs
  const few = timetable.latest(nowMs, 2).filter(isNew)
  return few.length < 2 ? few : timetable.latest(nowMs, missedMax + 1).filter(isNew)
}

function dueOf(passed: readonly number[], nowMs: number, policy: MissedPolicy): number[] {
  switch (policy) {
    case 'all':
      return [...passed]
    case 'once':
      return passed.slice(-1)
    case 'skip':
      return passed.slice(-1).filter((time) => nowMs - time <= lateMs)
    default:
      return policy satisfies never
  }
}

/**
 * A clock that is set back by more than this was wrong before: what had been seen under it is forgotten, or nothing would be
 * due until it has come round again. Below, no time is run for twice (the bound is that of Vixie cron).
 */
const setBackMs = 3 * 3_600_000

/** True when what was seen lies so far ahead that the clock must have been set anew. */
export function isSetAnew(seenMs: number, nowMs: number): boolean {
  return seenMs - nowMs > setBackMs
}
