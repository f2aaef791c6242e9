/** A run that waits for its turn, as far as its turn depends on it. */
export interface WaitingRun {
  /** 1 critical, 2 important, 3 normal. */
  priority: number
  /** How many floors of dependencies its worker stands on. */
  depth: number
  /** Epoch milliseconds: when it was due or asked for. Another try keeps the age of the first. */
  since: number
  /** Counts the runs, so that the order is the same whoever sorts. */
  number: number
}

/** Priority ascending, then the shallower dependency first, then age (spec §4). Total: no two runs are equal. */
export function compareRuns(a: WaitingRun, b: WaitingRun): number {
  return a.priority - b.priority || a.depth - b.depth || a.since - b.since || a.number - b.number
}

/** The first in order of those that may begin now; one that may not holds up nobody behind it. */
export function nextRun<Run extends WaitingRun>(
  waiting: Iterable<Run>,
  mayBegin: (run: Run) => boolean,
): Run | undefined {
  let first: Run | undefined
  for (const run of waiting) {
    if (mayBegin(run) && (first === undefined || compareRuns(run, first) < 0)) first = run
  }
  return first
}
