import type { TaskId } from '../../domain/ids.ts'
import type { PositionInput } from '../../domain/positions.ts'

/** A task in progress, and whether this node gives it its capacity. */
export interface PlacedTask extends PositionInput {
  readonly own: boolean
}

export interface OrderChanges {
  left: PlacedTask[]
  entered: PlacedTask[]
  moved: PlacedTask[]
}

/**
 * What has changed since the last look, so that a change costs what changed. A task that went to another node leaves and
 * enters: what it had here was this node's.
 */
export function orderChanges(
  before: ReadonlyMap<TaskId, PlacedTask>,
  after: ReadonlyMap<TaskId, PlacedTask>,
): OrderChanges {
  const isStill = (task: PlacedTask) => after.get(task.id)?.own === task.own
  const entered: PlacedTask[] = []
  const moved: PlacedTask[] = []
  for (const task of after.values()) {
    const was = before.get(task.id)
    if (was?.own !== task.own) entered.push(task)
    else if (!isSamePlace(was, task)) moved.push(task)
  }
  return { left: [...before.values()].filter((task) => !isStill(task)), entered, moved }
}

/** By all that an order depends on. */
function isSamePlace(a: PositionInput, b: PositionInput): boolean {
  return a.urgent === b.urgent && a.urgentAt === b.urgentAt && a.startedAt === b.startedAt
}
