import type { WorkerDefinition } from '../../config/policy.ts'
import { jrName, type NodeId } from '../../domain/ids.ts'
import type { OwnDeadLetter } from '../../ports/dead-letters.ts'
import type { Ticket } from './schedule-record.ts'
import { timeText } from './time-text.ts'

/** A run that is given up, as an operator will find it among the dead letters. */
export function runLetter(
  definition: WorkerDefinition,
  ticket: Ticket,
  death: { error: string; attempts: number; atMs: number; nodeId: NodeId; lastHealthCheckAt: number | null },
): OwnDeadLetter {
  const { name, command, department, schedule } = definition
  const dueText = ticket.due === null ? `asked for by ${ticket.by}` : `due ${timeText(ticket.due)}`
  return {
    kind: 'run',
    title: `${name}, ${dueText}`,
    jrName: jrName(name),
    nodeId: death.nodeId,
    error: death.error,
    diedAt: death.atMs,
    attempts: death.attempts,
    maxAttempts: (schedule?.retries ?? 0) + 1,
    replays: 0,
    department,
    schedule: schedule?.cron ?? null,
    lastHealthCheckAt: death.lastHealthCheckAt,
    // Its arguments may hold secrets of others; the program says enough.
    payload: {
      program: command[0],
      due: ticket.due === null ? null : timeText(ticket.due),
      by: ticket.by,
    },
  }
}
