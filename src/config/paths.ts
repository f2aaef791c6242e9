import { isAbsolute, join, resolve } from 'node:path'

/** The part of the environment that paths depend on. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the operating system says of who asks and where. */
export interface Place {
  env: Environment
  cwd: string
  uid: number
  /** The home folder, absolute. */
  home: string
}

/** sun_path of unix(7) has 108 bytes, the last of them NUL. */
export const socketPathBytesMax = 107

/** The state directory when nobody names one: systemd's, XDG's, root's, the person's. */
export function defaultStateDir(place: Place): string {
  const ofUnit = stateDirOfUnit(place.env)
  if (ofUnit !== undefined) return ofUnit
  const byXdg = place.env['XDG_STATE_HOME']
  // The XDG specification has relative values ignored.
  if (byXdg !== undefined && isAbsolute(byXdg)) return join(byXdg, 'jrctl')
  return place.uid === 0 ? '/var/lib/jrctl' : join(place.home, '.local/state/jrctl')
}

/** What systemd tells a unit, and the record of an installation the commands of the same fleet. */
export function stateDirOfUnit(env: Environment): string | undefined {
  const bySystemd = env['STATE_DIRECTORY']?.split(':')[0]
  return bySystemd !== undefined && isAbsolute(bySystemd) ? bySystemd : undefined
}

/**
 * The API's socket for a state directory: inside it, and for a directory too deep for a socket's name a short path made
 * from its hash, so that every command finds the same one without asking. It depends on nothing but the two: cron and a login
 * shell have different environments. Its folder must be made, and be ours alone, before anybody listens there.
 */
export function socketPathFor(stateDir: string, uid: number): string {
  const inside = join(stateDir, 'jrctl.sock')
  if (fitsSocket(inside)) return inside
  // Loaded only here: every short command comes through this file, and node:crypto costs a quarter of Node's own start.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = createHash('sha256').update(stateDir).digest('hex').slice(0, 12)
  return `/tmp/jrctl-${uid}-${hash}/jrctl.sock`
}

export function fitsSocket(path: string): boolean {
  return Buffer.byteLength(path) <= socketPathBytesMax
}

/** A path as people write it, absolute: `~` is the home folder, the rest is relative to `folder`. */
export function resolvePath(written: string, folder: string, home: string): string {
  if (written === '~') return home
  return written.startsWith('~/') ? join(home, written.slice(2)) : resolve(folder, written)
}

/** What a path may be made of: no control characters, no other person's home (`~name`), no more than PATH_MAX. */
export const pathPattern = /^(?!~[^/])\P{Cc}{1,4096}$/u

/** As they are written, so not yet absolute; undefined: not set. */
export interface WrittenPlaces {
  stateDir: string | undefined
  socket: string | undefined
}

export interface PlaceContext extends Place {
  /** Paths of the file are relative to this folder: its own, or the working folder when there is no file. */
  folder: string
  /** Stands above the file's `state_dir`; absolute. */
  stateDirOverride: string | undefined
}

/** Where this fleet's state and socket are. The commands' fast path and the daemon both ask here, so that they agree. */
export function placesOf(
  written: WrittenPlaces,
  context: PlaceContext,
): { stateDir: string; socket: string } {
  const { folder, home, uid } = context
  const named = written.stateDir === undefined ? undefined : resolvePath(written.stateDir, folder, home)
  const stateDir = context.stateDirOverride ?? named ?? defaultStateDir(context)
  const socket =
    written.socket === undefined ? socketPathFor(stateDir, uid) : resolvePath(written.socket, folder, home)
  return { stateDir, socket }
}
