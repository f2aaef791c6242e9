import { rmdir } from 'node:fs/promises'
import { layoutOf } from '../adapters/embedded-postgres/layout.ts'
import { findPostmaster } from '../adapters/embedded-postgres/postmaster.ts'
import { readRecord } from '../adapters/embedded-postgres/record.ts'
import { stopPostmaster } from '../adapters/embedded-postgres/stop.ts'
import { endRest, endWorkers, findFleet, type FleetAccess } from '../adapters/install/fleet-processes.ts'
import { dyeOf, readDye } from '../adapters/process/dye.ts'
import { markIn, readStat } from '../adapters/process/proc.ts'
import { sendProven } from '../adapters/process/signal.ts'
import { readOwner } from '../adapters/sqlite/lock.ts'
import { locateSocket } from '../config/locate.ts'
import type { Policy } from '../config/policy.ts'
import { type LeftProcess, namesOf, serversOf, worthNaming } from '../domain/install/left-running.ts'
import { daemonUnit } from '../domain/units/unit-name.ts'
import { messageOf, OperationalError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import type { StepOutcome } from './run-install-apply.ts'
import type { InstallPlace } from './run-install-place.ts'

/** Where a fleet's processes are known by. */
export interface FleetPlaces {
  stateDir: string
  /** The API's. */
  sockets: string[]
  finishGraceMs: number
}

/** Unless the configuration says otherwise. */
const usualGraceMs = 30_000

/** By the configuration, and by what of it can be read where it is wrong: a fleet may run on beside it. */
export async function fleetPlaces(
  policy: Policy | null,
  config: string,
  { layout }: InstallPlace,
  { process }: Origin,
): Promise<FleetPlaces> {
  if (policy !== null) {
    const { socket, workerSocket } = policy.api
    const { finishGraceMs } = policy.shutdown
    return { stateDir: policy.stateDir, sockets: [socket, workerSocket], finishGraceMs }
  }
  const unitEnv = { STATE_DIRECTORY: layout.stateDir, RUNTIME_DIRECTORY: layout.runtimeDir ?? undefined }
  const env = layout.scope === 'system' ? unitEnv : {}
  const located = await locateSocket({ ...placeOf(process), env, cwd: '/', configPath: config }).catch(
    () => null,
  )
  return {
    stateDir: located?.stateDir ?? layout.stateDir,
    sockets: located === null ? [] : [located.socket],
    finishGraceMs: usualGraceMs,
  }
}

/** What runs of a fleet; `daemonPid`: who owns the state directory. */
export interface FleetSeen {
  left: LeftProcess[]
  daemonPid: number | null
}

/** What runs of an installation on this very machine. */
export async function seeFleet(places: FleetPlaces, place: InstallPlace): Promise<FleetSeen> {
  if (place.layout.root !== '') return { left: [], daemonPid: null }
  const left = look(places, place)
  const server = await serverOf(places.stateDir)
  const isKnown = left.some(({ pid }) => pid === server?.pid)
  return {
    left: server === null || isKnown ? left : [...left, ...asLeft(server)],
    daemonPid: readOwner(places.stateDir)?.pid ?? null,
  }
}

function look({ sockets }: FleetPlaces, { layout }: InstallPlace): LeftProcess[] {
  const owner = layout.scope === 'system' ? 'system' : { uid: process.getuid?.() ?? -1 }
  return findFleet({ unit: daemonUnit, owner, sockets, ownPid: process.pid }, access)
}

const access: FleetAccess = { stat: readStat, markIn, dye: readDye, dyeOf, signal: sendProven }

async function serverOf(
  stateDir: string,
): Promise<{ pid: number; startTime: number; socketDir: string } | null> {
  const { dataDir, recordFile } = layoutOf(stateDir)
  const record = await readRecord(recordFile)
  return findPostmaster(dataDir, record?.process ?? null)
}

function asLeft({ pid, startTime }: { pid: number; startTime: number }): LeftProcess[] {
  const unknown = { mark: null, dye: null, socket: null, inUnit: false }
  return [{ pid, startTime, ppid: 1, name: 'postgres', part: 'database', ...unknown }]
}

/**
 * Ends what runs of a fleet when its daemon is gone: first the workers, which give their tasks back to the queue, then the embedded
 * database, then whatever else is in the daemon's unit.
 * @throws OperationalError `install.left_running` when anything of it is still there afterwards, or belongs to a daemon that lives
 */
export async function endFleet(places: FleetPlaces, place: InstallPlace, clock: Clock): Promise<StepOutcome> {
  const before = await seeFleet(places, place)
  const { daemonPid, left } = before
  if (daemonPid !== null && !left.some(({ pid }) => pid === daemonPid))
    throw ownedElsewhere(places, daemonPid)
  if (left.length === 0) return {}
  const ending = { look: () => look(places, place), access, graceMs: places.finishGraceMs, clock }
  await endWorkers(ending)
  await endServers(before.left, places, clock)
  await endRest(ending)
  const after = await seeFleet(places, place)
  if (after.left.length > 0) throw stillThere(after.left)
  return { more: `ended ${namesOf(worthNaming(before.left))}` }
}

async function endServers(left: LeftProcess[], { stateDir }: FleetPlaces, clock: Clock): Promise<void> {
  const own = await serverOf(stateDir)
  for (const server of serversOf(left)) await stopPostmaster(server, clock)
  // Outside of the state directory nothing of ours stays. Not empty or not there: somebody else's concern.
  if (own !== null) await rmdir(own.socketDir).catch(() => {})
}

function ownedElsewhere({ stateDir }: FleetPlaces, pid: number): OperationalError {
  return new OperationalError(`a daemon that no unit runs, pid ${pid}, works with ${stateDir}`, {
    code: 'install.left_running',
    retryable: true,
    hint: `End it, which ends its workers: kill ${pid}   Then run this again. Its files were left.`,
  })
}

function stillThere(left: readonly LeftProcess[]): OperationalError {
  return new OperationalError(`of the fleet is still there, killed as it was: ${namesOf(left)}`, {
    code: 'install.left_running',
    retryable: true,
    hint: 'Processes that hang in the kernel wait for a disk; those of other accounts end only root. Run this again when they are gone.',
  })
}

/**
 * Nobody may work with a folder that is deleted.
 * @throws OperationalError `install.left_running`
 */
export async function requireUnused(folder: string): Promise<void> {
  const owner = readOwner(folder)
  const server = await serverOf(folder).catch((error: unknown) => {
    throw new OperationalError(`nobody can tell whether a database runs in ${folder}: ${messageOf(error)}`, {
      code: 'install.left_running',
      retryable: true,
    })
  })
  const who = owner === null ? (server === null ? null : 'its database') : 'a daemon'
  const pid = owner?.pid ?? server?.pid
  if (who === null) return
  throw new OperationalError(`${folder} is not deleted: ${who}, pid ${pid}, runs in it`, {
    code: 'install.left_running',
    retryable: true,
    hint: `Stop it first, then run this again: kill ${pid}`,
  })
}
