import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { findConfig } from '../config/find.ts'
import { locateStateDir } from '../config/locate.ts'
import { type Place, resolvePath } from '../config/paths.ts'
import { isToldElsewhere, takenVariables, unitPlaces } from '../domain/install/as-units.ts'
import { parseEnvironmentFile } from '../domain/install/environment-file.ts'
import type { Layout, Scope } from '../domain/install/layout.ts'
import { parseRecord, readRecord } from '../domain/install/record.ts'
import { OperationalError, UserError } from '../errors.ts'
import { isThere, notedLayouts } from './noted-layouts.ts'
import { placeOf } from './place.ts'
import { readTrusted, readTrustedThroughLinks, type TrustedFile } from './trusted-file.ts'
import { openingOf, remedyFor, unreadOf, type UnreadVariables } from './unread-variables.ts'

/** Which installation the configuration belongs to that a command uses, and what it learnt from that. */
export type Installed =
  | {
      kind: 'joined'
      scope: Scope
      /** What `jrctl install` noted. */
      record: string
      /** Where its units are told that they belong. */
      places: Readonly<Record<string, string>>
      /** What was set for the command: places, and the variables of the environment file. */
      taken: Readonly<Record<string, string>>
      environmentFile: string
      /** Null: the environment file was read, or there is none. */
      unread: UnreadVariables | null
    }
  /** Its fleet runs with another configuration than the one that this command uses. */
  | {
      kind: 'another'
      record: string
      config: string
      /** What this command uses; null: none was found. */
      inUse: string | null
    }
  | { kind: 'mistrusted'; scope: Scope; record: string; why: string; remedy: string }

export interface InstalledOptions extends Place {
  /** `--config`. */
  configPath: string | undefined
  /** Where root's installation is noted; for tests. */
  systemFolder?: string
}

/**
 * Whether the configuration in use is that of an installed fleet, by the record that `jrctl install` left. Then a command is to look
 * where the units look, and to know what their environment file says. Null: nothing is installed, or somebody named another fleet.
 */
export function findInstalled(options: InstalledOptions): Installed | null {
  const noted = notedLayouts(options)
  if (noted.length === 0) return null
  const { path, fleetDir } = findConfig({ ...options, path: options.configPath })
  if (fleetDir !== null) return null
  const found = noted.flatMap((layout) => readNoted(layout, path, options) ?? [])
  return found.find(({ kind }) => kind === 'joined') ?? found[0] ?? null
}

function readNoted(layout: Layout, config: string | null, options: InstalledOptions): Installed | null {
  const { record, scope } = layout
  const file = readTrusted(record, options.uid)
  if (file.kind === 'absent') return null
  const noted = file.kind === 'read' ? parseRecord(file.text) : null
  // Of a configuration elsewhere nobody can say that it is the one; where there is none at all, it may be the record that has it.
  if (noted === null || noted.scope !== scope)
    return config === null || dirname(config) === dirname(record) ? mistrusted(layout, file) : null
  if (config === null || !isSameFile(config, noted.config))
    return { kind: 'another', record, config: noted.config, inUse: config }
  return isToldElsewhere(options.env, itsState(layout, config, options)) ? null : joined(layout, options)
}

function mistrusted({ record, scope }: Layout, file: TrustedFile): Installed {
  const because = (why: string, remedy: string): Installed => ({
    kind: 'mistrusted',
    scope,
    record,
    why,
    remedy,
  })
  if (file.kind === 'mistrusted') return because(file.why, remedyFor(record, file))
  if (file.kind === 'closed') return because('is closed to this account', openingOf(record))
  if (file.kind === 'read' && readRecord(file.text).kind === 'later')
    return because('was written by a later jrctl', 'Use that one')
  const again = scope === 'system' ? 'sudo jrctl install' : 'jrctl install --user'
  return because('is damaged', `Write it anew: ${again}`)
}

/** Whether a path is that of the state which the units of an installation work with, by whatever name. */
export function itsState(layout: Layout, config: string, place: Place): (path: string) => boolean {
  const own = stateOfUnits(layout, config, place)
  return (path) => {
    const named = resolvePath(path, place.cwd, place.home)
    return named === resolve(own) || isSameFile(named, own)
  }
}

function stateOfUnits(layout: Layout, config: string, place: Place): string {
  const { JRCTL_STATE_DIR: _, ...rest } = place.env
  const env = layout.scope === 'system' ? { STATE_DIRECTORY: layout.stateDir } : rest
  try {
    return locateStateDir({ ...place, env, configPath: config }) ?? layout.stateDir
  } catch (error) {
    // It is broken, which the command says when it matters to it.
    if (error instanceof UserError || error instanceof OperationalError) return layout.stateDir
    throw error
  }
}

function joined(layout: Layout, place: Place): Installed {
  const { scope, record, environmentFile } = layout
  return { kind: 'joined', scope, record, environmentFile, ...variablesOf(layout, place) }
}

/** What a command of an installed fleet is told, which is called with these variables by this account. */
export function variablesOf(
  layout: Layout,
  { env, uid }: Pick<Place, 'env' | 'uid'>,
): Pick<Extract<Installed, { kind: 'joined' }>, 'places' | 'taken' | 'unread'> {
  const { environmentFile, runtimeDir } = layout
  // Where cron starts the daemon there is none.
  const hasRuntime = runtimeDir !== null && isThere(runtimeDir)
  const places = unitPlaces(layout, hasRuntime ? runtimeDir : null)
  const file = readTrustedThroughLinks(environmentFile, uid)
  const ofFile = file.kind === 'read' ? parseEnvironmentFile(file.text) : {}
  return { places, taken: takenVariables(env, places, ofFile), unread: unreadOf(environmentFile, file) }
}

/** By whatever names. */
export function isSameFile(one: string, other: string): boolean {
  if (one === other) return true
  const [first, second] = [one, other].map(statOf)
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // Closed to us, or nowhere.
    return undefined
  }
}

/**
 * Tells this process what the units of the installed fleet are told, when it is that fleet's configuration which the command uses.
 * @param args of the command: a state directory that is named there means another fleet
 */
export function joinInstalled(
  process: NodeJS.Process,
  { config, args }: { config: string | undefined; args: readonly string[] },
): Installed | null {
  const installed = lookFor(process, config, stateDirIn(args))
  if (installed?.kind === 'joined') Object.assign(process.env, installed.taken)
  return installed
}

function lookFor(process: NodeJS.Process, configPath: string | undefined, stateDir: string | undefined) {
  try {
    const place = placeOf(process)
    const env =
      stateDir === undefined
        ? place.env
        : { ...place.env, JRCTL_STATE_DIR: resolvePath(stateDir, place.cwd, place.home) }
    return findInstalled({ ...place, env, configPath })
  } catch (error) {
    // The command meets the same, and says so when it matters to it.
    if (error instanceof UserError || error instanceof OperationalError) return null
    throw error
  }
}

function stateDirIn(args: readonly string[]): string | undefined {
  const name = '--state-dir'
  const ours = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const at = ours.findIndex((word) => word === name || word.startsWith(`${name}=`))
  return ours[at] === name ? ours[at + 1] : ours[at]?.slice(name.length + 1)
}
