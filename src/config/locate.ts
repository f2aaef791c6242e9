import { dirname, resolve } from 'node:path'
import { messageOf } from '../errors.ts'
import { ConfigError } from './config-error.ts'
import { findConfig } from './find.ts'
import { pathPattern, placesOf, resolvePath, fitsSocket } from './paths.ts'
import type { Place } from './paths.ts'
import { readAbove, readSource } from './source.ts'

export interface LocateOptions extends Place {
  /** `--config`. */
  configPath?: string | undefined
  /** As of `loadPolicy`. */
  stateDirOverride?: string | undefined
}

export interface Located {
  /** The API's unix socket, absolute. */
  socket: string
  /** Null inside a worker, which is told the socket alone. */
  stateDir: string | null
  /** The configuration file; null: none. */
  configPath: string | null
  /** The file is broken, and the daemon was found by what stands above the mistake. */
  mistake?: string
}

/**
 * Where the daemon answers, for commands that must be quick: the one or two keys that say so are read without loading the
 * schema. Mistakes elsewhere in the file do not keep anybody from asking for the status; where these keys themselves are
 * wrong, the full check reports them (throws ConfigError). Always agrees with `loadPolicy`.
 */
export async function locateSocket(options: LocateOptions): Promise<Located> {
  const told = options.env['JRCTL_SOCKET']
  if (told !== undefined && told !== '' && options.configPath === undefined)
    return { socket: resolve(options.cwd, told), stateDir: null, configPath: null }
  return locateQuickly(options) ?? locateThoroughly(options)
}

/** The state directory alone, at once; null: whoever wants to know it has to check the whole file. Throws as `locateSocket` does. */
export function locateStateDir(options: LocateOptions): string | null {
  return locateQuickly(options)?.stateDir ?? null
}

function locateQuickly(options: LocateOptions): Located | undefined {
  const { configPath, env, cwd, home } = options
  const found = findConfig({ ...options, path: configPath })
  const { raw, mistake } = found.path === null ? { raw: {} as Raw } : readTolerantly(found.path)
  const api = raw['api'] ?? {}
  const stateDir = written(env['JRCTL_STATE_DIR'], raw['state_dir'], cwd, home)
  const socket = isTable(api) ? written(env['JRCTL_API_SOCKET'], api['socket'], cwd, home) : null
  if (stateDir === null || socket === null) return undefined
  const fromEnvironment = (env['JRCTL_STATE_DIR'] ?? '') !== ''
  const argument =
    options.stateDirOverride === undefined ? undefined : resolvePath(options.stateDirOverride, cwd, home)
  const places = placesOf(
    { stateDir, socket },
    {
      ...options,
      folder: found.path === null ? cwd : dirname(found.path),
      stateDirOverride: argument ?? (fromEnvironment ? undefined : (found.fleetDir ?? undefined)),
    },
  )
  if (!fitsSocket(places.socket)) return undefined
  return { ...places, configPath: found.path, ...(mistake === undefined ? {} : { mistake }) }
}

type Raw = ReturnType<typeof readSource>['raw']

/** A broken file must not keep an operator from looking at the daemon, which runs on with what it read before. */
function readTolerantly(path: string): { raw: Raw; mistake?: string } {
  try {
    return { raw: readSource(path).raw }
  } catch (error) {
    const above = error instanceof ConfigError ? readAbove(error, path, ['state_dir', 'socket']) : undefined
    if (above === undefined) throw error
    return { raw: above, mistake: messageOf(error) }
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The path that counts, the environment's first; undefined: not set; null: not a path. */
function written(
  variable: string | undefined,
  key: unknown,
  cwd: string,
  home: string,
): string | undefined | null {
  if (variable !== undefined && variable !== '')
    return pathPattern.test(variable) ? resolvePath(variable, cwd, home) : null
  if (key === undefined) return undefined
  return typeof key === 'string' && pathPattern.test(key) ? key : null
}

async function locateThoroughly(options: LocateOptions): Promise<Located> {
  const { loadPolicy } = await import('./load.ts')
  const { policy, path } = await loadPolicy({ ...options, path: options.configPath })
  return { socket: policy.api.socket, stateDir: policy.stateDir, configPath: path }
}
