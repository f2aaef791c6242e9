import type { Timer } from '../../ports/clock.ts'
import type { Claimed, StaleReason } from '../../ports/task-queue.ts'
import type { AttemptReport, RunningAttempt } from '../attempt.ts'
import { unpreparable } from '../outcome.ts'
import type { Progress } from '../progress-line.ts'
import { createProgressReporter } from '../progress-reporter.ts'
import type { ProgressReporter } from '../progress-reporter.ts'
import { sendProgress } from '../send-progress.ts'
import type { SendProgressDeps } from '../send-progress.ts'
import { settle } from '../settle.ts'
import type { Ending, SettleOptions } from '../settle.ts'
import { cancelLine, taskLine } from './protocol.ts'
import type { Answer } from './protocol.ts'

export interface StreamAttemptsOptions extends SettleOptions, SendProgressDeps {
  queue: SettleOptions['queue'] & SendProgressDeps['queue']
  /** How long the program may take to answer a cancel. */
  cancelGraceMs: number
  /** Whether there is a program to write to. */
  isRunning(): boolean
  write(line: string): void
  /** A cancel was not answered in time. */
  onIgnoredCancel(claimed: Claimed): void
}

/** The attempts in the program's hands, by the id under which it knows them. */
export interface StreamAttempts {
  readonly count: number
  begin(claimed: Claimed, id: string, key: string): RunningAttempt
  /** False when there is no such attempt in its hands. `onSettled` is called once what ended it is written. */
  answer(id: string, answer: Answer, onSettled: () => void): boolean
  /** The program is gone, and what it had in its hands ends so. */
  endAll(ending: Ending): void
}

/** In the program's hands. Leaves them with its answer, or with the program's end. */
interface Held {
  id: string
  claimed: Claimed
  finish(report: AttemptReport): void
  lost: StaleReason | undefined
  givenBack: string | undefined
  progress: ProgressReporter | undefined
  grace: Timer | undefined
}

export function createStreamAttempts(options: StreamAttemptsOptions): StreamAttempts {
  const { clock } = options
  const held = new Map<string, Held>()

  const conclude = async (attempt: Held, ending: Ending): Promise<void> => {
    held.delete(attempt.id)
    attempt.grace?.cancel()
    if (attempt.progress !== undefined) await attempt.progress.stop()
    if (attempt.lost !== undefined) return attempt.finish({ kind: 'lost', reason: attempt.lost })
    const last = endingOf(attempt, ending)
    const settled = await settle(attempt.claimed.lease, last, options)
    attempt.finish({ kind: 'ended', ending: last.kind, settled })
  }

  /** `why` is what the program is told. It answers when it has let go of the task: until then its slot is taken. */
  const cancel = (attempt: Held, why: string): void => {
    if (!held.has(attempt.id) || attempt.grace !== undefined) return
    attempt.grace = clock.after(options.cancelGraceMs, () => options.onIgnoredCancel(attempt.claimed))
    options.write(cancelLine(attempt.id, why))
  }

  const hand = (attempt: Held, key: string): void => {
    if (!options.isRunning())
      return void conclude(attempt, { kind: 'released', reason: 'the program is not running' })
    try {
      options.write(taskLine(attempt.id, key, attempt.claimed))
    } catch (error) {
      void conclude(attempt, unpreparable(error))
    }
  }

  const report = (attempt: Held, progress: Progress): void => {
    if (attempt.lost !== undefined) return
    attempt.progress ??= createProgressReporter(sendProgress(attempt.claimed.lease, options), clock)
    attempt.progress.push(progress)
  }

  return {
    get count() {
      return held.size
    },
    begin(claimed, id, key) {
      const { promise, resolve } = Promise.withResolvers<AttemptReport>()
      const attempt: Held = {
        id,
        claimed,
        finish: resolve,
        lost: undefined,
        givenBack: undefined,
        progress: undefined,
        grace: undefined,
      }
      held.set(id, attempt)
      hand(attempt, key)
      return {
        claimed,
        done: promise,
        lose(reason) {
          attempt.lost ??= reason
          cancel(attempt, reason)
        },
        giveBack(reason) {
          attempt.givenBack ??= reason
          cancel(attempt, 'stopping')
        },
      }
    },
    answer(id, answer, onSettled) {
      const attempt = held.get(id)
      if (attempt === undefined) return false
      if (answer.kind === 'progress') {
        report(attempt, answer.progress)
        onSettled()
        return true
      }
      void conclude(attempt, answer).then(onSettled)
      return true
    },
    endAll(ending) {
      for (const attempt of held.values()) void conclude(attempt, ending)
    },
  }
}

/** A task that we asked back goes back, unless the program had just done it. */
function endingOf(attempt: Held, ending: Ending): Ending {
  const { givenBack } = attempt
  if (givenBack === undefined || ending.kind === 'completed') return ending
  return { kind: 'released', reason: givenBack }
}
