import { createHash } from 'node:crypto'

/** The daemon's own log lies in the same folder. */
const daemonLog = 'jr_orchestrator'

/**
 * The name of a worker's log file (spec §4): lower case, every other character `_`, doubles folded, edges trimmed;
 * instances from the second on carry their slot behind a dot, which no name can hold: `software_engineer_jr.2.log`.
 */
export function logFileName(jrName: string, slot: number): string {
  const plain = jrName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')
  const base = plain === '' || plain === daemonLog ? `jr_${shortHash(jrName)}` : plain
  return slot <= 1 ? `${base}.log` : `${base}.${slot}.log`
}

/** For names that leave nothing to write, such as one in another script. */
function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
