import type { Look } from '../../ports/database-checkup.ts'
import type { StateFacts } from '../../ports/state-checkup.ts'
import { bytes, duration, percent } from '../../text/format.ts'
import { bad, checksOf, ok, skipped, warn, type Check } from './check.ts'

/** What was seen of this machine. */
export interface MachineFacts {
  nodeVersion: string
  stateDir: {
    path: string
    /** Null: there is none yet. */
    mode: number | null
    writable: boolean
    freeBytes: number | null
    totalBytes: number | null
  }
  /** The node's own memory; null: there is none yet. */
  memory: Look<StateFacts> | null
  daemon:
    | { up: true; pid: number; uptimeMs: number; phase: string; degraded: string[] }
    | { up: false; problem: string }
}

/** Below this the ledger, the logs and an embedded database soon stand still. */
const freeWarnBytes = 1024 ** 3
const freeBadBytes = 100 * 1024 ** 2

export function judgeMachine({ nodeVersion, stateDir, memory, daemon }: MachineFacts): Check[] {
  return [
    ok('machine.node', `Node ${nodeVersion}`),
    stateCheck(stateDir),
    diskCheck(stateDir),
    ...(memory === null ? [] : checksOf('machine.memory', memory, memoryChecks)),
    ...daemonChecks(daemon),
  ]
}

function memoryChecks({ bytes: size, damage, ledger }: StateFacts): Check[] {
  return [
    damage === null
      ? ok('machine.memory', `the local state, ${bytes(size)}, is sound`)
      : bad(
          'machine.memory',
          `the local state is damaged: ${damage}`,
          'Restart the daemon: it sets the file aside and rebuilds what the database knows.',
        ),
    ledger.brokenAt === null
      ? ok(
          'machine.ledger',
          `the last ${ledger.checked} entries of the ledger follow from one another (all of them: jrctl ledger verify)`,
        )
      : bad(
          'machine.ledger',
          `entry ${ledger.brokenAt} of the ledger is not as it was written`,
          'See how far it goes with: jrctl ledger verify',
        ),
  ]
}

function daemonChecks(daemon: MachineFacts['daemon']): Check[] {
  const name = 'machine.daemon'
  if (!daemon.up) return [warn(name, daemon.problem, 'Start one with: jrctl daemon')]
  return [
    ok(name, `the daemon is ${daemon.phase}, pid ${daemon.pid}, up ${duration(daemon.uptimeMs)}`),
    ...daemon.degraded.map((text) => warn('machine.degraded', text, 'Its log tells more: jrctl logs')),
  ]
}

function stateCheck({ path, mode, writable }: MachineFacts['stateDir']): Check {
  const name = 'machine.state'
  if (mode === null) return skipped(name, `${path} is not there yet; the daemon makes it`)
  if (!writable) return bad(name, `${path} cannot be written`, `As its owner: chmod u+rwx ${path}`)
  const open = mode & 0o077
  return open === 0
    ? ok(name, `${path} is private and writable`)
    : warn(name, `${path} is open to other users (mode ${(mode & 0o777).toString(8)})`, `chmod 700 ${path}`)
}

function diskCheck({ path, freeBytes, totalBytes }: MachineFacts['stateDir']): Check {
  const name = 'machine.disk'
  if (freeBytes === null || totalBytes === null) return skipped(name, `the disk of ${path} cannot be seen`)
  const text = `${bytes(freeBytes)} of ${bytes(totalBytes)} (${percent((100 * freeBytes) / Math.max(1, totalBytes))}) are free for ${path}`
  const remedy = 'Make room there, or set state_dir to a larger disk.'
  const under = (floor: number) => `${text}, less than ${bytes(floor)}`
  if (freeBytes < freeBadBytes) return bad(name, under(freeBadBytes), remedy)
  return freeBytes < freeWarnBytes ? warn(name, under(freeWarnBytes), remedy) : ok(name, text)
}
