import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { taskLimits } from '../domain/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { AttemptQueue, Claimed, StaleReason } from '../ports/task-queue.ts'
import { commandEnvironment } from './command-environment.ts'
import { createCommandOutput } from './command-output.ts'
import type { CommandHost, RunningCommand } from './command-process.ts'
import type { LogSink } from './log-sink.ts'
import { outcomeOf, unpreparable } from './outcome.ts'
import type { OutageLog } from './outage-log.ts'
import { createProgressReporter } from './progress-reporter.ts'
import { readResultFile } from './result-file.ts'
import { sendProgress } from './send-progress.ts'
import { settle } from './settle.ts'
import type { Ending, Settled } from './settle.ts'
import { taskDocument } from './task-document.ts'

export interface AttemptDeps {
  queue: Pick<AttemptQueue, 'progress' | 'complete' | 'fail' | 'release'>
  clock: Clock
  random: Random
  logger: Logger
  outage: OutageLog
  host: CommandHost
  command: readonly [string, ...string[]]
  /** The worker's own environment. */
  env: Readonly<Record<string, string | undefined>>
  /** 0700, the worker's own; each attempt gets a folder in it. */
  tempDir: string
  log: { stdout: LogSink; stderr: LogSink }
  /** Aborted when the worker must be gone: what is not written by then is not written. */
  deadline: AbortSignal
  /** How long a cancelled command may take to heed TERM. */
  cancelGraceMs: number
  /** The lease may be lost: ask the queue. */
  doubt(): void
}

/** How an attempt ended, for the runner's figures and next steps. */
export type AttemptReport =
  | { kind: 'ended'; ending: Ending['kind']; settled: Settled }
  | { kind: 'lost'; reason: StaleReason }
  /** The command could not be started: `missing` for good, `busy` for now. The task was given back. */
  | { kind: 'missing' | 'busy'; reason: string }

export interface RunningAttempt {
  claimed: Claimed
  /** Never rejects. */
  done: Promise<AttemptReport>
  /** The lease is gone: ends the command, writes nothing. */
  lose(reason: StaleReason): void
  /** Ends the command and gives the task back. */
  giveBack(reason: string, graceMs: number): void
}

/** A command whose task somebody else may be doing by now is gone within a second, KILL included. */
const lostGraceMs = 400

/** Runs the command for a claimed task and writes how it ended. */
export function runAttempt(claimed: Claimed, attemptKey: string, deps: AttemptDeps): RunningAttempt {
  const state: AttemptState = { lost: undefined, givenBack: undefined, graceMs: 0, command: undefined }
  const end = (graceMs: number): void => {
    state.graceMs = graceMs
    state.command?.end(graceMs)
  }
  return {
    claimed,
    done: perform(claimed, attemptKey, state, deps),
    lose(reason) {
      if (state.lost !== undefined) return
      state.lost = reason
      end(reason === 'cancelled' ? deps.cancelGraceMs : lostGraceMs)
    },
    giveBack(reason, graceMs) {
      state.givenBack ??= reason
      end(graceMs)
    },
  }
}

interface AttemptState {
  lost: StaleReason | undefined
  givenBack: string | undefined
  graceMs: number
  command: RunningCommand | undefined
}

async function perform(
  claimed: Claimed,
  attemptKey: string,
  state: AttemptState,
  deps: AttemptDeps,
): Promise<AttemptReport> {
  try {
    const folder = await mkdtemp(join(deps.tempDir, `${claimed.task.id}-`))
    try {
      return await performIn(folder, claimed, attemptKey, state, deps)
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => {})
    }
  } catch (error) {
    if (!isSystemError(error)) return conclude(claimed, unpreparable(error), deps)
    // No folder, no room on the disk: the task is not to blame.
    return giveBackUnstarted(claimed, 'busy', `the attempt could not be prepared (${String(error)})`, deps)
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

async function performIn(
  folder: string,
  claimed: Claimed,
  attemptKey: string,
  state: AttemptState,
  deps: AttemptDeps,
): Promise<AttemptReport> {
  const resultFile = join(folder, 'result.json')
  const mark = deps.random.hex(16)
  const progress = createProgressReporter(sendProgress(claimed.lease, deps), deps.clock)
  const output = createCommandOutput({
    progress: (latest) => progress.push(latest),
    line: (stream, { text }) => deps.log[stream].write(`#${claimed.task.id} `, text),
  })
  const spawned = await deps.host({
    command: deps.command,
    env: commandEnvironment(deps.env, { claimed, resultFile, attemptKey, attemptMark: mark }),
    mark,
    stdin: taskDocument(claimed),
    stdout: output.stdout,
    stderr: output.stderr,
  })
  if (spawned.kind !== 'started') return giveBackUnstarted(claimed, spawned.kind, spawned.reason, deps)

  state.command = spawned.command
  // What was asked while the command was being started.
  if (state.lost !== undefined || state.givenBack !== undefined) spawned.command.end(state.graceMs)
  const { code, signal, treeGone } = await spawned.command.ended
  await progress.stop()
  if (!treeGone) deps.logger.error({ taskId: claimed.task.id }, 'a process of the task cannot be killed')
  if (state.lost !== undefined) return { kind: 'lost', reason: state.lost }
  if (state.givenBack !== undefined)
    return conclude(claimed, { kind: 'released', reason: state.givenBack }, deps)

  const ending = outcomeOf({
    code,
    signal,
    resultFile: await readResultFile(resultFile, taskLimits.resultBytes),
    lastLine: output.lastLine(),
    stdoutTail: output.stdoutTail(),
    stderrTail: output.stderrTail(),
  })
  return conclude(claimed, ending, deps)
}

async function conclude(claimed: Claimed, ending: Ending, deps: AttemptDeps): Promise<AttemptReport> {
  return { kind: 'ended', ending: ending.kind, settled: await settle(claimed.lease, ending, deps) }
}

async function giveBackUnstarted(
  claimed: Claimed,
  kind: 'missing' | 'busy',
  reason: string,
  deps: AttemptDeps,
): Promise<AttemptReport> {
  await settle(claimed.lease, { kind: 'released', reason }, deps)
  return { kind, reason }
}
