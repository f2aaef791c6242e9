import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { exchange, finishExchange } from '../adapters/backup/exchange.ts'
import { majorVersion } from '../adapters/embedded-postgres/restored-cluster.ts'
import { lockState } from '../adapters/sqlite/lock.ts'
import { settleRestored } from '../adapters/sqlite/restored-state.ts'
import { migrations } from '../adapters/sqlite/schema.ts'
import type { BackupSeen, Obstacle, RestoreDone, RestoreOrder } from '../cli/backup/service.ts'
import { type OtherNodeCause, whyOtherNode } from '../domain/backup/destination.ts'
import { unreadable } from '../domain/backup/manifest.ts'
import { stampOf } from '../domain/backup/names.ts'
import type { NewLedgerEntry } from '../domain/ledger-event.ts'
import { OperationalError, messageOf } from '../errors.ts'
import { safe } from '../text/fit.ts'
import { userName } from './api-client.ts'
import { type BackupPlace, backupPlace, machineName } from './backup-place.ts'
import { roomFailed } from './backup-target.ts'
import { verifyBackup } from './backup-verify.ts'
import { diesAtVariable } from './dies-at.ts'
import { note, type Origin } from './origin.ts'
import { requireOurs } from './restore-access.ts'
import {
  inUse,
  isLiving,
  isTakenOf,
  obstaclesOf,
  presentNames,
  requireIdle,
  requireMeant,
  requireReplaceable,
} from './restore-gate.ts'
import {
  isOtherConfig,
  openStaging,
  removeStaging,
  restoredConfigName,
  stagedNames,
  tryDatabase,
  unpackInto,
} from './restore-staging.ts'
import { silentLogger } from './silent-logger.ts'

/** `jrctl restore`. Nothing that is there is touched before all that takes its place is proven. */
export async function restoreBackup(order: RestoreOrder, origin: Origin): Promise<RestoreDone> {
  const place = await backupPlace(origin, order.stateDir)
  if (!order.dryRun) await requireOurs(order, place.stateDir, origin)
  const seen = await verifyBackup(order)
  await requireReadable(seen, place)
  const plan = planOf(order, seen, place)
  if (order.dryRun) return dryRun(seen, place, plan, await obstaclesOf(order, seen, place, origin))
  await requireMeant(order, seen, place, origin)
  const lock = lockState(place.stateDir)
  if (lock.kind === 'taken') throw inUse(place.stateDir, lock.ownerPid)
  try {
    await finishExchange(place.stateDir)
    await requireIdle(place)
    requireReplaceable(order, place.stateDir)
    note(origin, `Restoring into ${safe(place.stateDir)} …`)
    return await restore(order, origin, place, { seen, plan })
  } finally {
    lock.release()
  }
}

interface Plan {
  isSameMachine: boolean
  /** Null: it stays the node that it was. */
  otherNode: OtherNodeCause | null
  notes: string[]
}

function planOf({ keepNode, stateDir }: RestoreOrder, { manifest }: BackupSeen, place: BackupPlace): Plan {
  const isSameMachine = manifest.host === hostname() && manifest.machine === machineName()
  const notes: string[] = []
  const { database } = manifest
  if (database.kind === 'embedded' && database.architecture !== process.arch)
    notes.push(
      `The database was written on ${database.architecture}, and this is ${process.arch}: PostgreSQL makes no promise about that.`,
    )
  if (database.kind === 'foreign')
    notes.push(`The queue is not in this backup (${database.target}), and is left as it is.`)
  if (database.kind === 'embedded' && !manifest.secrets)
    notes.push(
      "There are no secrets in this backup: the database's password and the API token are made anew.",
    )
  if (place.loaded.path === null && stateDir === undefined)
    notes.push(
      `There is no configuration here: the state goes where it is looked for without one, ${place.stateDir}.`,
    )
  const otherNode = whyOtherNode({ keepNode, isSameMachine, isSameFolder: isTakenOf(manifest, place) })
  return { isSameMachine, otherNode, notes }
}

function dryRun(
  seen: BackupSeen,
  { stateDir }: BackupPlace,
  plan: Plan,
  obstacles: readonly Obstacle[],
): RestoreDone {
  const replaced = presentNames(stateDir)
  return {
    ...seen,
    dryRun: true,
    stateDir,
    replaced,
    aside: replaced.length === 0 ? null : join(stateDir, 'before-restore-TIME'),
    node: plan.otherNode === null ? seen.manifest.node : null,
    otherNode: plan.otherNode,
    tasksGivenBack: null,
    workersForgotten: 0,
    config: null,
    notes: [...plan.notes],
    obstacles: [...obstacles],
  }
}

async function restore(
  order: RestoreOrder,
  origin: Origin,
  place: BackupPlace,
  { seen, plan }: { seen: BackupSeen; plan: Plan },
): Promise<RestoreDone> {
  const { stateDir } = place
  const { manifest } = seen
  const passed = await deathPoints(origin)
  const replaced = presentNames(stateDir)
  const aside = asideName(stateDir, origin.clock.wallMs())
  const config = manifest.configPath !== null && (await isOtherConfig(order.file, place.loaded.path))
  const staging = await openStaging(place, origin)
  try {
    await unpackInto(
      staging,
      order.file,
      { node: plan.otherNode === null, config },
      { progress: (bytes, of) => order.progress('unpacking', bytes, of), signal: order.signal },
      origin,
    )
    passed('restore.unpacked')
    if (manifest.database.kind === 'embedded') order.progress('trying the database', 0, null)
    const tasksGivenBack =
      manifest.database.kind === 'embedded' ? await tryDatabase(staging, manifest, place, origin) : null
    const { workersForgotten } = await settleRestored(
      staging.statePath,
      { isLiving, node: plan.otherNode !== null },
      entryOf(seen, plan, tasksGivenBack, origin),
      { clock: origin.clock, logger: silentLogger() },
    )
    order.signal.throwIfAborted()
    const names = await stagedNames(staging)
    const without = ['state.sqlite-wal', 'state.sqlite-shm', 'node-id'].filter(
      (name) => !names.includes(name),
    )
    await exchange(stateDir, { staged: basename(staging.folder), aside, names, without }, passed)
    return {
      ...seen,
      dryRun: false,
      stateDir,
      replaced,
      aside: replaced.length === 0 ? null : join(stateDir, aside),
      node: plan.otherNode === null ? manifest.node : null,
      otherNode: plan.otherNode,
      tasksGivenBack,
      workersForgotten,
      config: config ? join(stateDir, restoredConfigName) : null,
      notes: [...plan.notes],
      obstacles: [],
    }
  } catch (error) {
    // Once it is decided it is to be ended, not undone.
    if ((await finishExchange(stateDir)) === null)
      await removeStaging(stateDir, origin).catch((cause: unknown) => {
        throw notRemoved(staging.folder, error, cause)
      })
    throw roomFailed(stateDir, error)
  }
}

/** What failed is told first; that something is left of it, beside that. */
function notRemoved(folder: string, error: unknown, why: unknown): OperationalError {
  return new OperationalError(
    `${messageOf(error)}; and ${folder}, what was unpacked, could not be removed: ${messageOf(why)}`,
    {
      code: 'backup.left_behind',
      retryable: true,
      hint: 'Nothing else was changed. The next restore removes it, and so does the start of the daemon.',
      cause: error,
    },
  )
}

function asideName(stateDir: string, atMs: number): string {
  const base = `before-restore-${stampOf(atMs)}`
  let name = base
  for (let n = 2; existsSync(join(stateDir, name)); n++) name = `${base}-${n}`
  return name
}

/** What the ledger says of it: the trail goes on from a moment that is past. */
function entryOf(
  { file, manifest, sha256 }: BackupSeen,
  plan: Plan,
  tasksGivenBack: number | null,
  { process }: Origin,
): NewLedgerEntry {
  const of = manifest.node === null ? manifest.host : manifest.node
  return {
    eventType: 'state.restored',
    level: 'warn',
    actor: `cli:${userName(process)} (self-declared)`,
    message: `restored from a backup of ${manifest.createdAt}, of ${of}; what happened since then is not known here`,
    data: {
      backup: basename(file),
      sha256,
      taken_at: manifest.createdAt,
      node: manifest.node,
      same_machine: plan.isSameMachine,
      written_by: manifest.version,
      ledger_head: manifest.state.ledger.head,
      tasks_given_back: tasksGivenBack,
    },
  }
}

async function requireReadable(
  { file, manifest }: BackupSeen,
  { embeddedOptions }: BackupPlace,
): Promise<void> {
  const problem = unreadable(manifest, {
    stateSchema: migrations.length,
    architecture: process.arch,
    databaseMajor: manifest.database.kind === 'embedded' ? await majorVersion(embeddedOptions) : null,
  })
  if (problem === null) return
  throw new OperationalError(`${file} cannot be restored by this jrctl: ${problem.message}`, {
    code: 'backup.newer',
    retryable: false,
    hint: problem.hint,
  })
}

async function deathPoints({ process }: Origin): Promise<(step: string) => void> {
  if (process.env[diesAtVariable] === undefined) return () => {}
  return (await import('./death-points.ts')).mortalSteps(process.env)
}
