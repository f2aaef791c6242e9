import type { JrName } from '../domain/ids.ts'
import { taskLimits } from '../domain/task.ts'
import type { Claimed } from '../ports/task-queue.ts'
import { throughGateway } from './gateway-environment.ts'

/**
 * Names that stay with the worker: the queue's connection (spec §3: the command does not get it) and what belongs to the
 * worker's own unit, where a command that pets the watchdog or reads the credentials would speak in the worker's name.
 */
const withheld = [
  /^DATABASE_URL$/,
  /^PG[A-Z_]*$/,
  /^CHEROKEE_DB_/,
  /^JRCTL_QUEUE_/,
  // An operator's, who ran the worker by hand.
  /^JRCTL_(?:HOST|TOKEN|API_TOKEN)$/,
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

type Environment = Readonly<Record<string, string | undefined>>

/** The environment of a task's command: the worker's own without what is withheld, and the attempt's variables. */
export function commandEnvironment(own: Environment, attempt: AttemptVariables): Record<string, string> {
  return { ...handedOn(throughGateway(own, attempt)), ...attemptVariables(attempt) }
}

/** Variables of a program that does many tasks: what belongs to one of them comes with it, not by a variable. */
export interface ProgramVariables {
  jrName: JrName
  /** How many tasks it may have at the same time. */
  concurrency: number
  /** Random; by it every process of the program is found in /proc. */
  mark: string
}

/** The environment of a program that is started once for many tasks. */
export function programEnvironment(own: Environment, program: ProgramVariables): Record<string, string> {
  return {
    // Its key comes with each task.
    ...handedOn(throughGateway(own, null)),
    JR_ORCHESTRATED: '1',
    JR_NAME: oneLine(program.jrName),
    JR_CONCURRENCY: String(program.concurrency),
    JRCTL_ATTEMPT_MARK: program.mark,
  }
}

function handedOn(own: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(own).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !isWithheld(entry[0]),
    ),
  )
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
