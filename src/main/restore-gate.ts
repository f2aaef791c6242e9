import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { parseStat } from '../adapters/process/proc.ts'
import { readOwner } from '../adapters/sqlite/lock.ts'
import { knownWorkers } from '../adapters/sqlite/restored-state.ts'
import type { BackupSeen, Obstacle, RestoreOrder } from '../cli/backup/service.ts'
import { destinationDoubt } from '../domain/backup/destination.ts'
import type { BackupManifest } from '../domain/backup/manifest.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { OperationalError, UserError, exitCode, messageOf } from '../errors.ts'
import type { StoredWorker } from '../ports/state-store.ts'
import type { BackupPlace } from './backup-place.ts'
import type { Origin } from './origin.ts'
import { requireOurs } from './restore-access.ts'

/** All that would keep a restore from being done, as it would say it itself. Changes nothing. */
export async function obstaclesOf(
  order: RestoreOrder,
  seen: BackupSeen,
  place: BackupPlace,
  origin: Origin,
): Promise<Obstacle[]> {
  const { stateDir } = place
  const closed = await obstaclesIn([() => requireOurs(order, stateDir, origin)])
  // Into another's folder there is no look.
  if (closed.length > 0) return closed
  return obstaclesIn([
    () => requireMeant(order, seen, place, origin),
    () => {
      const owner = readOwner(stateDir)
      return owner === null ? requireIdle(place) : Promise.reject(inUse(stateDir, owner.pid))
    },
    () => requireReplaceable(order, stateDir),
  ])
}

async function obstaclesIn(gates: readonly (() => Promise<void> | void)[]): Promise<Obstacle[]> {
  const found: Obstacle[] = []
  for (const gate of gates)
    try {
      await gate()
    } catch (error) {
      if (!(error instanceof UserError || error instanceof OperationalError)) throw error
      found.push({ message: messageOf(error), hint: error.hint ?? null })
    }
  return found
}

/**
 * A backup goes where it was taken of, or where somebody says.
 * @throws UserError naming both places
 */
export async function requireMeant(
  order: Pick<RestoreOrder, 'file' | 'stateDir'>,
  { manifest }: Pick<BackupSeen, 'manifest'>,
  place: Pick<BackupPlace, 'stateDir'>,
  { process, installed }: Pick<Origin, 'process' | 'installed'>,
): Promise<void> {
  const { stateDir } = place
  const { stateDir: takenOf } = manifest
  const otherFleet = installed?.kind === 'another' ? installed.config : null
  const doubt = destinationDoubt({
    stateDir,
    isNamed: order.stateDir !== undefined || (process.env['JRCTL_STATE_DIR'] ?? '') !== '',
    takenOf,
    isSame: isTakenOf(manifest, place) === true,
    otherFleet,
  })
  if (doubt === null) return
  const here = `--state-dir ${shellWord(stateDir)}`
  const there =
    doubt === 'elsewhere'
      ? `--state-dir ${shellWord(takenOf ?? '')}`
      : `--config ${shellWord(otherFleet ?? '')}`
  throw new UserError(
    doubt === 'elsewhere'
      ? `${order.file} was taken of ${takenOf}, and would go to ${stateDir}`
      : `A fleet is installed on this machine, with ${otherFleet}, and ${order.file} would go beside it, to ${stateDir}`,
    { hint: `Say which is meant: ${there} or ${here}`, exit: exitCode.failed },
  )
}

/** Whether a backup was taken of that folder, links and all; null: it does not say. */
export function isTakenOf(
  { stateDir: takenOf }: Pick<BackupManifest, 'stateDir'>,
  { stateDir }: Pick<BackupPlace, 'stateDir'>,
): boolean | null {
  return takenOf === null ? null : realPath(takenOf) === realPath(stateDir)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Nobody who works with what is there may live on beside what takes its place. */
export async function requireIdle({ stateDir, statePath, embedded }: BackupPlace): Promise<void> {
  const { state, pid } = await embedded.status()
  if (state === 'running' || state === 'starting')
    throw busy(`its embedded database runs (pid ${pid}), and workers may be at work on it`)
  const living = existsSync(statePath) ? workersOf(statePath).filter(isLiving) : []
  if (living.length === 0) return
  const shown = living.slice(0, 3).map(({ name, identity }) => `${name} (pid ${identity?.pid})`)
  throw busy(`workers of it live: ${shown.join(', ')}${living.length > 3 ? ', …' : ''}`)

  function busy(why: string): UserError {
    return new UserError(`the state directory ${stateDir} is in use: ${why}`, {
      hint: 'Start the daemon, which adopts them, and stop it, with shutdown.workers = "stop". Then restore.',
      exit: exitCode.failed,
    })
  }
}

/** Of a state that cannot be read nobody can tell; it is being replaced. */
function workersOf(statePath: string): StoredWorker[] {
  try {
    return knownWorkers(statePath)
  } catch {
    return []
  }
}

/** The very process: pids are given again, and a boot ends all of them. */
export function isLiving({ identity }: StoredWorker): boolean {
  if (identity === null || identity.bootId !== bootId()) return false
  try {
    const stat = parseStat(readFileSync(`/proc/${identity.pid}/stat`, 'utf8'))
    return stat !== undefined && !stat.zombie && stat.startTime === identity.startTime
  } catch {
    return false
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

export function inUse(stateDir: string, ownerPid: number | null): UserError {
  const owner = ownerPid === null ? 'Somebody' : `A daemon, pid ${ownerPid},`
  return new UserError(`${owner} uses the state directory ${stateDir}`, {
    hint: 'Stop it first; nothing was changed.',
    exit: exitCode.failed,
  })
}

/** Nothing gives way unasked. */
export function requireReplaceable({ force }: Pick<RestoreOrder, 'force'>, stateDir: string): void {
  const names = presentNames(stateDir)
  if (names.length === 0 || force) return
  throw new UserError(`${stateDir} holds a state already: ${names.join(', ')}`, {
    hint: '--force moves it aside, and deletes nothing; --dry-run --force shows what would be.',
    exit: exitCode.failed,
  })
}

/** What a restored state must take the place of. */
export function presentNames(stateDir: string): string[] {
  return ['state.sqlite', 'postgres', 'api-token', 'node-id'].filter((name) =>
    existsSync(join(stateDir, name)),
  )
}
