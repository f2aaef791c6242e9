import { taskLimits } from '../../domain/task.ts'
import { backoffDelayMs } from '../../domain/backoff.ts'
import type { Backoff } from '../../domain/backoff.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { CommandExit, CommandHost, CommandSpec, RunningCommand } from '../command-process.ts'
import { createLineSplitter } from '../line-splitter.ts'
import type { OutputLine } from '../line-splitter.ts'
import { createTailRing } from '../tail-ring.ts'
import { createLineWriter } from './line-writer.ts'
import type { LineWriter } from './line-writer.ts'
import { lineBytesMax } from './protocol.ts'
import { createTrust } from './trust.ts'
import type { Trust } from './trust.ts'

export interface StreamProgramOptions {
  host: CommandHost
  clock: Clock
  random: Random
  logger: Logger
  command: CommandSpec['command']
  /** The environment of a process with this mark. */
  env(mark: string): Record<string, string>
  /** The most tasks it may have. */
  slots: number
  onLine(stream: 'stdout' | 'stderr', line: OutputLine): void
  /** It has ended, and whatever it started. Answers how many tasks it left undone. */
  onEnded(end: ProgramEnd): number
  /** It may take more tasks than before. */
  onRoom(): void
  /** There is no such program (any more): it is not tried again. */
  onMissing(reason: string): void
}

export interface ProgramEnd extends CommandExit {
  stderrTail: string
  /** Set when we ended it ourselves, to start it anew. */
  restart: Restart | null
  /** It had done some of its tasks and left in order; what it did not come to any more is another's. */
  isRetired: boolean
}

export interface Restart {
  reason: string
  /** Its tasks are not to blame. */
  sparesTasks: boolean
}

/** One program that is started again when it ends, with growing pauses when it ends badly. */
export interface StreamProgram {
  start(): void
  /** Whether there is a program to write to. */
  isRunning(): boolean
  /** How many tasks it may have now. */
  capacity(): number
  write(line: string): void
  /** It takes tasks, by its own word. */
  ready(): void
  /** It has answered for a task. */
  answered(): void
  /** It has told of a task at hand. */
  progressed(): void
  pauseOutput(pause: boolean): void
  /** Ends it and starts it anew. */
  restart(restart: Restart): void
  /**
   * Ends it for good: the end of its stdin, half the grace to exit by itself, TERM, the other half, KILL. A second call
   * without grace hurries. Settles when nothing of it is left.
   */
  end(graceMs: number): Promise<void>
}

const restartBackoff: Backoff = { initialMs: 1000, maxMs: 60_000, jitter: 0.2 }
/** A program that has run for so long before it ended is not in a loop of crashes. */
const soundAfterMs = 60_000
/** One that did not heed its own grace gets little more. */
const restartGraceMs = 500
/** In the error of each attempt that it takes with it, where a control character takes three bytes to show. */
const stderrTailBytes = taskLimits.errorBytes / 4

interface Life {
  command: RunningCommand
  writer: LineWriter
  trust: Trust
  restart: Restart | null
}

export function createStreamProgram(options: StreamProgramOptions): StreamProgram {
  const { clock, random, logger } = options
  const stopping = new AbortController()
  let life: Life | undefined
  let failures = 0
  let lives: Promise<void> = Promise.resolve()

  /** From spawn to end. Answers how long to wait before the next life; null: there shall be none. */
  const liveOnce = async (): Promise<number | null> => {
    const mark = random.hex(16)
    const stderrTail = createTailRing(stderrTailBytes)
    const spawned = await options.host({
      command: options.command,
      env: options.env(mark),
      mark,
      stdin: null,
      stdout: createLineSplitter(lineBytesMax, (line) => options.onLine('stdout', line)),
      stderr: createLineSplitter(stderrTailBytes, (line) => {
        stderrTail.push(`${line.text}\n`)
        options.onLine('stderr', line)
      }),
    })
    if (spawned.kind === 'missing') {
      options.onMissing(spawned.reason)
      return null
    }
    if (spawned.kind !== 'started') return afterFailure(spawned.reason)
    const startedMs = clock.monotonicMs()
    const current = begin(spawned.command)
    const { code, signal, treeGone } = await spawned.command.ended
    life = undefined
    current.trust.stop()
    if (!treeGone) logger.error({}, 'a process of the program cannot be killed')
    const { restart } = current
    const isRetired = code === 0 && current.trust.answers > 0
    const undone = options.onEnded({ code, signal, stderrTail: stderrTail.text(), restart, isRetired })
    if (stopping.signal.aborted) return null
    if (restart !== null) return restart.sparesTasks ? 0 : afterFailure(restart.reason)
    if (isRetired) return afterRetirement()
    if (clock.monotonicMs() - startedMs >= soundAfterMs) failures = 0
    return afterFailure(
      `it ended by itself (${signal ?? `exit code ${code}`}) with ${undone} ${undone === 1 ? 'task' : 'tasks'} undone`,
    )
  }

  const begin = (command: RunningCommand): Life => {
    const writer = createLineWriter(command.stdin, () => options.onRoom())
    const trust = createTrust({
      clock,
      slots: options.slots,
      crashes: failures,
      onRoom: () => options.onRoom(),
    })
    life = { command, writer, trust, restart: null }
    logger.info({ pid: command.pid }, 'the program was started')
    // It was told to end while it was being started: it has no task yet.
    if (stopping.signal.aborted) command.end(0)
    return life
  }

  /** A program may leave after some work, for instance to begin with fresh memory. It did work, so this is no hot loop. */
  const afterRetirement = (): number => {
    failures = 0
    logger.info({}, 'the program left in order (exit code 0), and is started again')
    return 0
  }

  const afterFailure = (reason: string): number => {
    const delayMs = backoffDelayMs(++failures, restartBackoff, random.unit())
    logger.warn(
      { reason, delayMs, failures },
      'the program is not running, and is started again after a pause',
    )
    return delayMs
  }

  const live = async (): Promise<void> => {
    // Ends with `stopping`, or when there is no such program.
    for (;;) {
      const delayMs = await liveOnce()
      if (delayMs === null || stopping.signal.aborted) return
      if (delayMs > 0) await clock.sleep(delayMs, stopping.signal).catch(() => {})
      if (stopping.signal.aborted) return
    }
  }

  const isRunning = (): boolean => life?.restart === null && !stopping.signal.aborted

  return {
    start() {
      lives = live()
    },
    isRunning,
    capacity: () => (life !== undefined && isRunning() && !life.writer.clogged ? life.trust.capacity() : 0),
    write: (line) => life?.writer.write(line),
    ready: () => life?.trust.ready(),
    answered: () => life?.trust.answered(),
    progressed: () => life?.trust.progressed(),
    pauseOutput: (pause) => life?.command.pauseOutput(pause),
    restart(restart) {
      if (life === undefined || life.restart !== null) return
      life.restart = restart
      logger.warn({ reason: restart.reason }, 'the program is ended and started again')
      life.command.end(restartGraceMs)
    },
    async end(graceMs) {
      stopping.abort()
      life?.writer.end()
      const force = clock.after(graceMs / 2, () => life?.command.end(graceMs / 2))
      await lives
      force.cancel()
    },
  }
}
