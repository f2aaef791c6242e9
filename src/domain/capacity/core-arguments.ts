import type { PositionInput } from '../positions.ts'

/** A copy: what the order depends on must not change under it. */
export function standingOf({ id, urgent, urgentAt, startedAt }: PositionInput): PositionInput {
  return { id, urgent, urgentAt, startedAt }
}

/** `units`, or `max` if that is less. @throws RangeError: an amount that is none would poison every sum it enters */
export function atMost(units: number, max: number): number {
  if (!(units >= 0 && units < Infinity)) throw new RangeError(`${units} is no number of units: 0 or more`)
  return Math.min(units, max)
}

/** @throws RangeError: a time that is none would make every later one none */
export function checkTime(atMs: number): number {
  if (!Number.isFinite(atMs)) throw new RangeError(`${atMs} is no time: milliseconds of the monotonic clock`)
  return atMs
}
