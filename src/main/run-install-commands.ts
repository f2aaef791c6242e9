import { findConfig } from '../config/find.ts'
import { loadPolicy } from '../config/load.ts'
import type { Place } from '../config/paths.ts'
import type { Policy } from '../config/policy.ts'
import { isToldElsewhere } from '../domain/install/as-units.ts'
import type { Layout } from '../domain/install/layout.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { isSameFile, itsState, variablesOf } from './installed.ts'

/** By which a shell of somebody's says where the fleet is that is meant. */
const telling = [
  'JRCTL_STATE_DIR',
  'JRCTL_API_SOCKET',
  'JRCTL_SOCKET',
  'JRCTL_WORKER_ID',
  'STATE_DIRECTORY',
  'RUNTIME_DIRECTORY',
  'XDG_STATE_HOME',
] as const

/**
 * Why the commands of who installs would not find the daemon; null: they will, for they look where the units look when they read
 * the same configuration.
 * @param fleet as its units have it
 */
export async function whyNotFound(
  fleet: { path: string; policy: Policy },
  layout: Layout,
  caller: Place,
): Promise<string | null> {
  if (layout.root !== '') return null
  const place = { ...caller, cwd: '/' }
  const read = readHere(place)
  if (read === undefined) return null
  const isSame = read !== null && isSameFile(read, fleet.path)
  const joins = isSame && !isToldElsewhere(place.env, itsState(layout, fleet.path, place))
  const env = joins ? { ...place.env, ...variablesOf(layout, place).taken } : place.env
  const here = await loadPolicy({ ...place, env }).catch(() => null)
  const [own, theirs] = [here?.policy.api.socket, fleet.policy.api.socket]
  if (own === undefined || own === theirs) return null
  const would = `your commands would look for the daemon at ${own}, and it will be at ${theirs}`
  if (!isSame)
    return (
      `${would}: they read ${read ?? 'no configuration'}, and the fleet runs with ${fleet.path}. ` +
      `Name it to them, by --config ${shellWord(fleet.path)} or export JRCTL_CONFIG=${shellWord(fleet.path)}`
    )
  const set = telling.filter((name) => (place.env[name] ?? '') !== '')
  return set.length === 0 ? would : `${would}: this shell sets ${set.join(' and ')}. Unset it for them`
}

/** Null: none; undefined: what it would be is broken, which their commands will say. */
function readHere(place: Place): string | null | undefined {
  try {
    return findConfig(place).path
  } catch {
    return undefined
  }
}
