import type { AttemptReport } from './attempt.ts'

/** What a runner has done since its start. */
export interface RunnerFigures {
  completed: number
  failed: number
  /** Given back unharmed. */
  released: number
  /** Taken from us while at work. */
  lost: number
  /** Ended, but the queue refused the result as too late. */
  refused: number
  /** Ended, but the queue did not answer for too long. */
  dropped: number
}

export const noFigures: Readonly<RunnerFigures> = {
  completed: 0,
  failed: 0,
  released: 0,
  lost: 0,
  refused: 0,
  dropped: 0,
}

/** Which of the figures counts an attempt that ended so. */
export function figureOf(report: AttemptReport): keyof RunnerFigures {
  if (report.kind === 'lost') return 'lost'
  if (report.kind !== 'ended') return 'released'
  return report.settled.kind === 'stored' ? report.ending : report.settled.kind
}
