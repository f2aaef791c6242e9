import { lstatSync, readFileSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import { resolvePath } from './paths.ts'
import type { Place } from './paths.ts'

/** Which configuration is meant, and why. */
export interface Found {
  /** Absolute; null: there is none, defaults and environment decide. */
  path: string | null
  /** Who named it: `--config`, `$JRCTL_CONFIG`, or the search. */
  by: 'argument' | 'environment' | 'search'
  /** The folder of a demo fleet, which is its state directory; null for any other. */
  fleetDir: string | null
}

export interface FindOptions extends Place {
  /** `--config`. */
  path?: string | undefined
}

/**
 * Searches in the order of spec §1. A path that was given must exist; one that is looked for need not.
 * Throws ConfigError when a given path is not there, or a fleet's file is damaged.
 */
export function findConfig(options: FindOptions): Found {
  const { path, env, cwd, home } = options
  if (path !== undefined) return given(resolvePath(path, cwd, home), '--config', 'argument')
  const named = env['JRCTL_CONFIG']
  if (named !== undefined && named !== '')
    return given(resolvePath(named, cwd, home), 'JRCTL_CONFIG', 'environment')
  const here = join(cwd, 'jrctl.toml')
  if (lookedAt(here) !== undefined) return { path: here, by: 'search', fleetDir: null }
  const fleet = findFleet(options)
  if (fleet !== null) return { path: fleet.config, by: 'search', fleetDir: fleet.dir }
  const elsewhere = [join(configHome(options), 'jrctl/config.toml'), '/etc/jrctl/config.toml'].find(
    (candidate) => lookedAt(candidate) !== undefined,
  )
  return { path: elsewhere ?? null, by: 'search', fleetDir: null }
}

function given(path: string, from: string, by: Found['by']): Found {
  if (exists(path)) return { path, by, fleetDir: null }
  throw new ConfigError(
    [
      {
        where: path,
        line: null,
        column: null,
        key: null,
        message: `no such file (named by ${from})`,
        suggestion: null,
      },
    ],
    'write one (jrctl config example shows every key), or name another',
  )
}

function configHome({ env, home }: Place): string {
  const byXdg = env['XDG_CONFIG_HOME']
  return byXdg !== undefined && isAbsolute(byXdg) ? byXdg : join(home, '.config')
}

/** A link that leads nowhere exists, and so does what is closed to us: reading it then says what is wrong. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    return !isNowhere(error)
  }
}

/**
 * For what nobody named: a folder that we may not enter (that of another account, whose HOME or working folder `sudo -u` or `su`
 * left us) holds nothing for us.
 */
function lookedAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isNowhere(error) || codeOf(error) === 'EACCES') return undefined
    throw error
  }
}

/** No such path can be: below a file (`HOME=/dev/null`), in a circle of links, or beyond what names may be long. */
function isNowhere(error: unknown): boolean {
  return ['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

export interface Fleet {
  /** The folder `.jrctl`, which is the fleet's state directory. */
  dir: string
  /** Absolute; null: no file. */
  config: string | null
}

/** Bound on the way up to the root. */
const parentsMax = 64

/**
 * The demo fleet of this folder or the nearest one above: `.jrctl/fleet.json`, made by `jrctl demo`. One that belongs to
 * somebody else is passed over, so that nobody's folder in /tmp decides what our commands talk to.
 */
export function findFleet({ cwd, uid }: Place): Fleet | null {
  let folder = cwd
  for (let step = 0; step < parentsMax; step += 1) {
    const dir = join(folder, '.jrctl')
    const file = join(dir, 'fleet.json')
    if (isOurs(dir, uid) && isOurs(file, uid)) return readFleet(dir, file)
    if (dirname(folder) === folder) return null
    folder = dirname(folder)
  }
  return null
}

const writableByOthers = 0o022

function isOurs(path: string, uid: number): boolean {
  const stat = lookedAt(path)
  return (
    stat !== undefined && !stat.isSymbolicLink() && stat.uid === uid && (stat.mode & writableByOthers) === 0
  )
}

function readFleet(dir: string, file: string): Fleet {
  const config = configOfFleet(file)
  if (config === undefined)
    throw new ConfigError(
      [
        {
          where: file,
          line: null,
          column: null,
          key: 'config',
          message: 'found something else, allowed {"config": PATH or null}',
          suggestion: null,
        },
      ],
      'remove the file, or make the fleet anew with: jrctl demo',
    )
  return { dir, config: config === null ? null : resolve(dir, config) }
}

function configOfFleet(file: string): string | null | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const config = typeof value === 'object' && value !== null && 'config' in value ? value.config : undefined
    return config === null || typeof config === 'string' ? config : undefined
  } catch {
    return undefined
  }
}
