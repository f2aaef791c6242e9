import type { PositionInput } from '../positions.ts'

/** A copy: what the order depends on must not change under it. */
export function standingOf({ id, urgent, urgentAt, startedAt }: PositionInput): PositionInput {
  return { id, urgent, urgentAt, startedAt }
}

/** @throws RangeError: an amount that is none would poison every sum it enters */
export function checkUnits(units: number): void {
  if (!(units >= 0 && units < Infinity)) throw new RangeError(`${units} is no number of units: 0 or more`)
}
