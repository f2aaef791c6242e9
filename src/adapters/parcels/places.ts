import { isAbsolute, join, resolve } from 'node:path'

/** A folder in which parcels may be unpacked. */
export interface UnpackPlace {
  path: string
  /**
   * - `named`: by the operator, who wants no other. - `own`: below a folder that must be ours. - `shared`: in one where anybody may
   * make folders (sticky), of which ours is ours alone.
   */
  kind: 'named' | 'own' | 'shared'
}

/** By which an operator names the folder. */
export const unpackVariable = 'JRCTL_UNPACK_DIR'

/** Where to unpack, the best place first. An operator's folder is the only one. */
export function unpackPlaces(env: Readonly<Record<string, string | undefined>>, uid: number): UnpackPlace[] {
  const named = env[unpackVariable]
  if (named !== undefined && named !== '') return [{ path: resolve(named), kind: 'named' }]
  // systemd's CacheDirectory=: several are separated by colons.
  const ofUnit = env['CACHE_DIRECTORY']?.split(':')[0]
  const cache = env['XDG_CACHE_HOME'] || (env['HOME'] ? join(env['HOME'], '.cache') : undefined)
  const own = [ofUnit, cache === undefined ? undefined : join(cache, 'jrctl')]
  if (uid === 0) own.push('/var/cache/jrctl')
  return [
    ...own.flatMap((path) =>
      path !== undefined && isAbsolute(path) ? [{ path, kind: 'own' } as const] : [],
    ),
    // Of these two, the first survives a reboot.
    ...['/var/tmp', '/tmp'].map(
      (folder) => ({ path: join(folder, `jrctl-${uid}`), kind: 'shared' }) as const,
    ),
  ]
}
