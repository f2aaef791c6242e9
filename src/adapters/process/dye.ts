import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * A second mark that every process of a tree inherits, and that neither `env -i` nor a new session nor a double fork takes
 * off: a limit on resident memory (RLIMIT_RSS), which no kernel since 2.4.30 obeys, of an absurd size made from the mark. It
 * finds what the environment cannot: a daemon that cleared its environment and whose parents are gone. The alternative, to be a
 * subreaper, only says that a stray is of some worker, ends with the daemon, and needs a prctl that neither Node nor sh has.
 */

/** 4 PiB and up: no bound that anybody means, and exact as a double. */
const floorKib = 2 ** 42
const markBits = 40

/** The dye of a mark as `ulimit -m` takes it. */
export function dyeKibOf(mark: string): number {
  const bits = createHash('sha256')
    .update(mark)
    .digest('hex')
    .slice(0, markBits / 4)
  return floorKib + Number.parseInt(bits, 16)
}

/** The dye of a mark as /proc tells it. */
export function dyeOf(mark: string): number {
  return dyeKibOf(mark) * 1024
}

/** The dye in the text of /proc/PID/limits; null when there is none. */
export function dyeIn(limits: string): number | null {
  const bytes = Number(/^Max resident set +(\d+) /m.exec(limits)?.[1] ?? Number.NaN)
  const isDye = bytes >= floorKib * 1024 && bytes < (floorKib + 2 ** markBits) * 1024
  return isDye ? bytes : null
}

/** Of the process right now; null when it has none or has ended. */
export function readDye(pid: number): number | null {
  try {
    return dyeIn(readFileSync(`/proc/${pid}/limits`, 'utf8'))
  } catch {
    return null
  }
}
