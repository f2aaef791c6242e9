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

/** Which instance of a Jr a file of the log folder is of, a rotated part included; undefined when of none. */
export function instanceOfLog(jrName: string, file: string): number | undefined {
  const base = logFileName(jrName, 1).slice(0, -'.log'.length)
  if (!file.startsWith(`${base}.`)) return undefined
  const match = /^\.(?:(\d{1,4})\.)?log(?:\.\d{8}T.*)?$/.exec(file.slice(base.length))
  return match === null ? undefined : Number(match[1] ?? 1)
}

/** For names that leave nothing to write, such as one in another script. */
function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
