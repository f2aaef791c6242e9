import { taskLimits } from '../domain/task.ts'
import type { Claimed } from '../ports/task-queue.ts'

/**
 * Names that stay with the worker: the queue's connection (spec §3: the command does not get it) and what belongs to the
 * worker's own unit, where a command that pets the watchdog or reads the credentials would speak in the worker's name.
 */
const withheld = [
  /^DATABASE_URL$/,
  /^PG[A-Z_]*$/,
  /^CHEROKEE_DB_/,
  /^JRCTL_QUEUE_/,
  /^CREDENTIALS_DIRECTORY$/,
  /^NOTIFY_SOCKET$/,
  /^WATCHDOG_(?:USEC|PID)$/,
  /^LISTEN_(?:FDS|PID|FDNAMES)$/,
]

/** Variables of one attempt. A variable is one string of at most 128 KiB to the kernel, hence the bound on the title. */
export interface AttemptVariables {
  claimed: Claimed
  resultFile: string
  /** The secret by which this attempt shows itself to the gateway and the worker socket. */
  attemptKey: string
  /** Random; by it every process of the attempt is found in /proc. */
  attemptMark: string
}

/** The environment of a task's command: the worker's own without what is withheld, and the attempt's variables. */
export function commandEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  attempt: AttemptVariables,
): Record<string, string> {
  const handedOn = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !isWithheld(entry[0]),
  )
  return { ...Object.fromEntries(handedOn), ...attemptVariables(attempt) }
}

export function isWithheld(name: string): boolean {
  return withheld.some((pattern) => pattern.test(name))
}

function attemptVariables({ claimed, resultFile, attemptKey, attemptMark }: AttemptVariables) {
  return {
    JR_ORCHESTRATED: '1',
    JR_NAME: oneLine(claimed.jrName),
    JR_TASK_ID: String(claimed.task.id),
    JR_TASK_ATTEMPT: String(claimed.attempt),
    JR_TASK_TITLE: oneLine(claimed.task.title),
    JR_RESULT_FILE: resultFile,
    JRCTL_ATTEMPT_KEY: attemptKey,
    JRCTL_ATTEMPT_MARK: attemptMark,
  }
}

/** Foreign SQL may have written anything into the row: no control characters (NUL ends a variable), bounded. */
function oneLine(text: string): string {
  const flat = text.toWellFormed().replaceAll(/\p{Cc}+/gu, ' ')
  const bytes = Buffer.from(flat)
  if (bytes.length <= taskLimits.titleBytes) return flat
  return bytes.toString('utf8', 0, taskLimits.titleBytes - 3).replace(/\uFFFD$/, '') + '…'
}
