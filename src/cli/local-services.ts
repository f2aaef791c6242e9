import type { WhyView } from '../contract/outputs.ts'
import type { VersionsView } from '../contract/versions.ts'
import type { WindowView } from '../domain/cycle/windows.ts'
import type { TaskId } from '../domain/ids.ts'
import type { ExitCode } from '../errors.ts'
import type { DatabaseFacts } from '../ports/database-checkup.ts'
import type { LedgerVerdict } from '../ports/ledger.ts'
import type { LogReader } from '../ports/log-files.ts'
import type { MachineFacts } from './doctor/machine-facts.ts'
import type { BackupService } from './backup/service.ts'
import type { DeadLetterDesk } from './dlq/desk.ts'
import type { RuleDesk } from './rules/desk.ts'
import type { HealthFacts } from './health/facts.ts'
import type { InstallService } from './install/service.ts'

/** What commands do without a daemon. Main composes it; each part is loaded when it is called. */
export interface LocalServices {
  /** Runs the daemon in the foreground until it is told to stop. */
  daemon(options: { untilIdle: boolean; takeOver: boolean; stateDir: string | undefined }): Promise<ExitCode>
  migrate(options: { planOnly: boolean }): Promise<Migration>
  /** Runs a worker until it is told to stop. */
  work(options: WorkOrder): Promise<ExitCode>
  /** What the units of workers run. */
  unit: {
    /** Becomes the worker, and returns only where it cannot. */
    become(question: UnitQuestion): Promise<ExitCode>
    /** Gives back what a worker that has ended had at work. */
    settle(question: UnitQuestion): Promise<ExitCode>
  }
  /** The file that a program's name means here; undefined: none that may be run. */
  findProgram(name: string): Promise<string | undefined>
  /** Runs a program once; its whole tree is ended when the signal is aborted. */
  runCommand(order: CommandOrder, signal: AbortSignal): Promise<CommandOutcome>
  /** Looks, heals unless `dryRun`, and tells what it saw. Throws nothing for what is down. */
  health(options: { dryRun: boolean; timeoutMs: number }): Promise<HealthCheck>
  /** Sends a test to every channel of alerts that is configured. */
  testAlerts(timeoutMs: number): Promise<AlertTrialView[]>
  /** Looks straight into the database. Throws UserError (exit 3) when there is no such task. */
  why(question: WhyQuestion): Promise<WhyView>
  /** Which program this is. Throws nothing for what is missing. */
  versions(): Promise<VersionsView>
  /** Of all that this program consists of, or where they lie. */
  licences(): Promise<string>
  /** Looks database and machine over; changes nothing. */
  doctor(): Promise<DoctorFacts>
  /** Works at a desk for dead letters over the database itself; closed when the work is done. */
  deadLetters<T>(work: (desk: DeadLetterDesk) => Promise<T>): Promise<T>
  ledger: LedgerService
  config: ConfigService
  /** The cycle's rules by the configuration. Throws ConfigError with all that is wrong. */
  rules(): Promise<RuleDesk>
  logs: LogsService
  backup: BackupService
  install: InstallService
  demo: DemoService
}

/** Which worker: by the name of its unit, or by its own. */
export type UnitQuestion = { unit: string } | { unit?: undefined; name: string; instance: number }

export interface HealthCheck {
  /** What is known so far: it fills while the check goes on. */
  readonly facts: HealthFacts
  /** False: another check is at it, and this one has seen nothing. Rejects when the configuration is wrong. */
  ended: Promise<boolean>
}

export interface AlertTrialView {
  channel: string
  told: boolean
  /** By what, or why not. */
  how: string
}

export interface Migration {
  /** The database, without secrets. */
  target: string
  /** What was done (or would be, for a plan), a line each. */
  applied: string[]
  /** What a plan would run. */
  sql: string
}

export interface DoctorFacts {
  /** The database, without secrets; null when it is not known. */
  target: string | null
  database:
    | { kind: 'seen'; facts: DatabaseFacts }
    | { kind: 'away'; problem: string; hint: string | null }
    /** Nobody could say which it is. */
    | { kind: 'unasked'; why: string }
  machine: MachineFacts
}

export interface WhyQuestion {
  id: TaskId
  /** Why the daemon could not be asked. */
  daemonProblem: string
}

export interface WorkOrder {
  jrNames: [string, ...string[]]
  /** Tasks at the same time. */
  slots: number
  acceptUnassigned: boolean
  /** One program does all tasks, told of them by lines on its stdin. */
  stream: boolean
  command: [string, ...string[]]
}

export interface CommandOrder {
  /** argv; never a shell line. */
  command: readonly [string, ...string[]]
  env: Readonly<Record<string, string | undefined>>
  stdin: string
  /** What is kept of its output. */
  outputBytesMax: number
}

export type CommandOutcome =
  | {
      kind: 'ended'
      code: number | null
      signal: string | null
      stdout: string
      /** The end of it; all of it was passed on to our own. */
      stderr: string
      /** More was printed than is kept. */
      isCut: boolean
    }
  /** There is no such program, or it cannot be started now. */
  | { kind: 'missing' | 'busy'; reason: string }

export interface ConfigService {
  /** Throws ConfigError with all that is wrong. */
  check(): Promise<ConfigVerdict>
  show(): Promise<{ path: string | null; settings: { key: string; value: unknown; source: string }[] }>
  schema(): Promise<object>
  /** The documented example, as TOML. */
  example(): Promise<string>
}

export interface ConfigVerdict {
  path: string | null
  warnings: readonly string[]
  workers: string[]
  /** The workers in the order of the boot: who starts together, after who stands before. */
  layers: string[][]
  /** The next runs of each scheduled worker; epoch milliseconds. */
  schedules: { worker: string; timezone: string | null; next: number[] }[]
  /** Those that the file says something of, as they stand now. */
  windows: WindowView[]
}

export interface LedgerService {
  /** Checks the ledger in a state file, by default this node's, reading only. Throws UserError (exit 3) when it is not there. */
  verify(file: string | undefined): Promise<LedgerVerdict & { file: string }>
  files(): Promise<LedgerFiles>
}

export interface LedgerFiles {
  /** This node's state file. */
  path: string
  /** Damaged ones that were set aside, the oldest first. */
  setAside: string[]
}

export interface LogsService {
  /**
   * The logs of a Jr's instances (those that have one, and those to come), of one of them, or of the daemon; with all the
   * Jrs that are configured.
   */
  open(jr: string | undefined, instance: number | undefined): Promise<{ logs: NamedLog[]; known: string[] }>
}

export interface NamedLog {
  /** Whose it is; null: the daemon's. */
  jr: string | null
  instance: number
  path: string
  reader: LogReader
}

export interface DemoService {
  run(options: {
    untilIdle: boolean
    tasks: number | undefined
    stateDir: string | undefined
    /** Shows it live in this terminal meanwhile. */
    top: boolean
  }): Promise<ExitCode>
  /** What a sample Jr does for a task: see src/demo. */
  report(): Promise<number>
  legacyWorker(name: string): Promise<number>
}
