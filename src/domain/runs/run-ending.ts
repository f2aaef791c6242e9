/**
 * How a run ended.
 * - `exited`: its command ended by itself; without a code it was killed, or nobody knows.
 * - `timed_out`: it was ended because its time was over. `missing`: there is no such program. `unstarted`: it could not be
 *   started for another reason.
 * - `stopped`: an operator ended it. `shed`: there was no memory for it. `cut_off`: the daemon ended it at its own end, which
 *   is no try of its own: it is run again, however often that happens.
 */
export type RunEnding =
  | { kind: 'exited'; code: number | null }
  | { kind: 'timed_out' | 'missing' | 'unstarted' | 'stopped' | 'shed' | 'cut_off' }

/** The words for it that operators and metrics see. */
export const runOutcomes = ['succeeded', 'failed', 'timed_out', 'missing', 'stopped'] as const
export type RunOutcome = (typeof runOutcomes)[number]

/** The exit codes with a meaning of their own, the same as those of a task's command (spec §3). */
export const runExitCodes = { done: 0, failForGood: 65, retry: 75 } as const

export function outcomeOf(ending: RunEnding): RunOutcome {
  switch (ending.kind) {
    case 'exited':
      return ending.code === runExitCodes.done ? 'succeeded' : 'failed'
    case 'shed':
    case 'unstarted':
      return 'failed'
    case 'cut_off':
      return 'stopped'
    case 'timed_out':
    case 'missing':
    case 'stopped':
      return ending.kind
    default:
      return ending satisfies never
  }
}

/** What follows: nothing more to do, another try, or a dead letter. */
export type AfterRun = 'rest' | 'retry' | 'die'

/**
 * @param attempts how many there were, this one included
 * @param retries how many more than one there may be
 */
export function afterRun(ending: RunEnding, attempts: number, retries: number): AfterRun {
  if (ending.kind === 'cut_off') return 'retry'
  const outcome = outcomeOf(ending)
  if (outcome === 'succeeded' || outcome === 'stopped') return 'rest'
  if (ending.kind === 'exited' && ending.code === runExitCodes.failForGood) return 'die'
  return attempts <= retries ? 'retry' : 'die'
}
