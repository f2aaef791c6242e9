import { lstatSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Place } from '../config/paths.ts'
import { layoutOf, type Layout, type Scope } from '../domain/install/layout.ts'

export type Noted = Pick<Place, 'env' | 'home' | 'uid'> & {
  /** Where root's installation is noted; for tests. */
  systemFolder?: string
}

/**
 * The installations that `jrctl install` has noted here: one's own, which goes first as its configuration does, and the machine's.
 * Every command asks, so that it is two looks, and loads nothing.
 */
export function notedLayouts({ systemFolder = '/etc/jrctl', ...place }: Noted): Layout[] {
  const system = layoutHere('system', place)
  const moved = (path: string): string => path.replace(/^\/etc\/jrctl(?=\/)/, systemFolder)
  const layouts = [
    layoutHere('user', place),
    { ...system, record: moved(system.record), environmentFile: moved(system.environmentFile) },
  ]
  return layouts.filter(({ record, scope }) => mayBeNoted(record, scope))
}

/** Where an installation of that scope lies on this machine itself. */
export function layoutHere(scope: Scope, { env, home, uid }: Omit<Noted, 'systemFolder'>): Layout {
  const absolute = (path: string | undefined) => (path !== undefined && isAbsolute(path) ? path : undefined)
  return layoutOf(scope, {
    root: '',
    home,
    configHome: absolute(env['XDG_CONFIG_HOME']),
    stateHome: absolute(env['XDG_STATE_HOME']),
    cacheHome: undefined,
    runtimeHome: `/run/user/${uid}`,
    prefix: null,
  })
}

/**
 * A link that leads nowhere is there, and what lies in a closed folder of the machine's may be. One's own home is closed to nobody:
 * such a one is that of another account, left to us by `sudo -u` or `su`.
 */
function mayBeNoted(record: string, scope: Layout['scope']): boolean {
  try {
    return lstatSync(record, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    return scope === 'system' && (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Closed to us, or nowhere.
    return false
  }
}
