import type { JrName } from '../../domain/ids.ts'
import type { Random } from '../../ports/random.ts'
import type { RunningAttempt } from '../attempt.ts'
import { programEnvironment } from '../command-environment.ts'
import type { CommandHost, CommandSpec } from '../command-process.ts'
import type { Executor } from '../executor.ts'
import type { OutputLine } from '../line-splitter.ts'
import type { LogSink } from '../log-sink.ts'
import { errorWithTail, exitText } from '../outcome.ts'
import type { Ending } from '../settle.ts'
import { createIntake } from './intake.ts'
import { parseProgramLine } from './protocol.ts'
import type { Answer } from './protocol.ts'
import { createStreamAttempts } from './stream-attempts.ts'
import type { StreamAttemptsOptions } from './stream-attempts.ts'
import { createStreamProgram } from './stream-program.ts'
import type { ProgramEnd } from './stream-program.ts'

export interface StreamExecutorOptions extends Omit<
  StreamAttemptsOptions,
  'isRunning' | 'write' | 'onIgnoredCancel'
> {
  host: CommandHost
  random: Random
  command: CommandSpec['command']
  /** The worker's own environment. */
  env: Readonly<Record<string, string | undefined>>
  /** The Jr that the program works for, or the first of them. */
  jrName: JrName
  /** The most tasks that the program has at the same time. */
  slots: number
  log: { stdout: LogSink; stderr: LogSink }
  /** It may take more tasks than before. */
  onRoom(): void
  /** There is no such program: no task can be done. */
  onMissing(reason: string): void
}

/** Characters of the key's hash that make an attempt's id: 64 random bits, told apart without counting. */
const idChars = 16

/** One program does all tasks, `slots` of them at the same time: see protocol.ts for what is said. */
export function createStreamExecutor(options: StreamExecutorOptions): Executor {
  const { log } = options

  const attempts = createStreamAttempts({
    ...options,
    isRunning: () => program.isRunning(),
    write: (line) => program.write(line),
    onIgnoredCancel: ({ task }) =>
      program.restart({
        reason: `task ${task.id} was cancelled, and it did not answer within its grace`,
        sparesTasks: true,
      }),
  })
  const program = createStreamProgram({
    ...options,
    env: (mark) =>
      programEnvironment(options.env, { jrName: options.jrName, concurrency: options.slots, mark }),
    onLine,
    onEnded,
  })
  const intake = createIntake((pause) => program.pauseOutput(pause))

  function onLine(stream: 'stdout' | 'stderr', line: OutputLine): void {
    if (stream === 'stderr') return log.stderr.write('', line.text)
    const message = parseProgramLine(line)
    switch (message.kind) {
      case 'answer':
        return onAnswer(message.attempt, message.answer, line)
      case 'ready':
        return program.ready()
      case 'log':
        return log.stdout.write('', line.text)
      case 'unattributable':
        return program.restart({ reason: message.reason, sparesTasks: false })
      default:
        message satisfies never
    }
  }

  function onAnswer(id: string, answer: Answer, line: OutputLine): void {
    const chars = line.text.length
    intake.add(chars)
    const isKnown = attempts.answer(id, answer, () => intake.remove(chars))
    if (isKnown) return answer.kind === 'progress' ? program.progressed() : program.answered()
    intake.remove(chars)
    log.stdout.write('jrctl: dropped, no such attempt is at work: ', line.text)
  }

  function onEnded(end: ProgramEnd): number {
    const undone = attempts.count
    attempts.endAll(endingOf(end))
    return undone
  }

  return {
    start: async () => program.start(),
    capacity: () => program.capacity(),
    begin: (claimed, attemptKey): RunningAttempt =>
      attempts.begin(claimed, claimed.keyHash.slice(0, idChars), attemptKey),
    end: (graceMs) => program.end(graceMs),
    close: async () => {},
  }
}

/**
 * A program that dies fails what it had at hand. One that leaves in order does not: a task may have been on its way to it when
 * it decided to go. Should a task make it leave so, that task is the next program's first, and then it fails: whoever has
 * answered nothing yet has died.
 */
function endingOf({ code, signal, stderrTail, restart, isRetired }: ProgramEnd): Ending {
  if (restart?.sparesTasks === true)
    return { kind: 'released', reason: `the program was started anew: ${restart.reason}` }
  if (restart === null && isRetired)
    return { kind: 'released', reason: 'the program left before it came to it' }
  const why = restart?.reason ?? exitText(code, signal)
  const error = errorWithTail(`the program ended (${why}) before it answered`, stderrTail)
  return { kind: 'failed', failure: { kind: 'attempt', error } }
}
