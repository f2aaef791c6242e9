import type { PositionView } from '../contract/views.ts'
import type { NodeId, TaskId } from '../domain/ids.ts'
import { type Movement, movements, orderInProgress } from '../domain/positions.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import type { InProgressTask, OperatorQueue } from '../ports/task-queue.ts'
import type { CapacityDesk } from './capacity/capacity-desk.ts'
import type { ShareView } from './capacity/capacity-views.ts'
import type { DatabaseWatch } from './queue/database-watch.ts'
import { type Duty, createDuty } from './duty.ts'

/** The order of the tasks in progress, kept up with the queue and told to those who share out capacity by it (spec §5). */
export interface PositionBoard extends Duty {
  views(): PositionView[]
  /** Called after the order changed, until the returned function is called. */
  subscribe(listener: () => void): () => void
}

/** The safety net when no notice comes. */
const pollEveryMs = 10_000
const minGapMs = 50
/** A busy fleet reorders many times a second; people read the whole table at most this often. */
const tableEveryMs = 30_000
/** So many moves get a line of their own in each window. */
const movesTold = 3
const movesEveryMs = 10_000
/** Positions beyond these share the tail; their rows say nothing new. */
const rowsTold = 10

export function createPositionBoard(deps: {
  queue: Pick<OperatorQueue, 'inProgress'>
  capacity: Pick<CapacityDesk, 'order' | 'sharesOf'>
  nodeId: NodeId
  /** Whether this node leads the fleet: the leader gives capacity to tasks that no node has. */
  leads(): boolean
  ledger: Ledger
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}): PositionBoard {
  const { queue, capacity, ledger, clock } = deps
  const logger = deps.logger.child({ part: 'positions' })
  const listeners = new Set<() => void>()
  let order: InProgressTask[] = []
  let tableDueMs = 0
  let movesDueMs = 0
  let moves = 0

  async function run(): Promise<void> {
    const readMs = clock.monotonicMs()
    const next = orderInProgress(await queue.inProgress())
    const shifts = movements(order, next)
    order = next
    capacity.order(
      next.map(({ id, urgent, urgentAt, startedAt, nodeId }) => ({
        id,
        urgent,
        urgentAt,
        startedAt,
        own: nodeId === deps.nodeId || (nodeId === null && deps.leads()),
      })),
      readMs,
    )
    if (shifts.length === 0) return
    record(shifts)
    tellTable()
    for (const listener of listeners) listener()
  }

  function record(shifts: readonly Movement[]): void {
    for (const move of shifts) {
      if (!('from' in move && 'to' in move)) continue
      const message = `task ${move.taskId} ${move.kind} from ${move.from} to ${move.to}: ${move.reason}`
      tellMove(message, move.taskId)
      ledger.note({
        eventType: `position.${move.kind}`,
        level: 'info',
        actor: 'daemon',
        taskId: move.taskId,
        message,
      })
    }
  }

  /** The first moves of a window get a line each, the others a count: all of them are in the ledger. */
  function tellMove(message: string, id: TaskId): void {
    if (clock.monotonicMs() >= movesDueMs) {
      if (moves > movesTold)
        logger.info({}, `${moves - movesTold} more moves of positions; all are in the ledger`)
      movesDueMs = clock.monotonicMs() + movesEveryMs
      moves = 0
    }
    moves += 1
    if (moves <= movesTold) logger.info({ taskId: id }, message)
  }

  /** The whole table, when it changed and the last one is old enough (spec §4: "when it changed"). */
  function tellTable(): void {
    if (order.length === 0 || clock.monotonicMs() < tableDueMs) return
    tableDueMs = clock.monotonicMs() + tableEveryMs
    const all = views()
    for (const view of all.slice(0, rowsTold)) {
      logger.info(
        { taskId: view.taskId },
        `  ${view.position}. #${view.taskId} (${view.worker ?? 'nobody'}) ${view.capacityPct.toFixed(1)} %, ${bucketWords(view)}`,
      )
    }
    if (all.length > rowsTold) logger.info({}, `  and ${all.length - rowsTold} more`)
  }

  function views(): PositionView[] {
    const shares = capacity.sharesOf(order)
    return order.flatMap((task, index) => {
      const share = shares[index]
      return share === undefined ? [] : [viewOf(task, index + 1, share)]
    })
  }

  const duty = createDuty(
    {
      name: 'ordering positions',
      everyMs: pollEveryMs,
      minGapMs,
      // It reads all tasks at work: many, or many that were and may not be vacuumed, must not keep the database busy.
      shareMax: 0.1,
      run,
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock, logger },
  )

  return {
    ...duty,
    views,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function viewOf(task: InProgressTask, position: number, share: ShareView): PositionView {
  const { id: taskId, title, jrName: worker, instanceId, nodeId, urgent } = task
  const { progressPercent, attempt, startedAt } = task
  return {
    position,
    taskId,
    title,
    worker,
    instanceId,
    nodeId,
    urgent,
    progressPercent,
    attempt,
    startedAt,
    ...share,
  }
}

function bucketWords({ tokens, ratePerMinute, bucket, nodeId }: PositionView): string {
  const rate = `${ratePerMinute.toFixed(1)} a minute`
  if (bucket === 'elsewhere') return `${rate}, on ${nodeId ?? 'no node'}`
  const held = `${tokens.toFixed(1)} tokens`
  return bucket === 'common' ? `${rate}, ${held} for all` : `${held} at ${rate}`
}
