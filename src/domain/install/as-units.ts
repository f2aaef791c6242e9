import type { Scope } from './layout.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Variables = Record<string, string>

/**
 * The folders of an installation as systemd tells them to its units: what a command of the same fleet must be told too, whoever
 * runs it, to look where they look. A manager of an account's own is told no state directory: each finds it by its home.
 */
export function unitPlaces(
  { scope, stateDir }: { scope: Scope; stateDir: string },
  runtimeDir: string | null,
): Variables {
  return {
    ...(scope === 'system' ? { STATE_DIRECTORY: stateDir } : {}),
    ...(runtimeDir === null ? {} : { RUNTIME_DIRECTORY: runtimeDir }),
  }
}

/** Whoever has one of these was told where it belongs: by systemd or a line of cron, as a worker, or by hand. */
const tellsPlace = ['STATE_DIRECTORY', 'RUNTIME_DIRECTORY', 'JRCTL_SOCKET', 'JRCTL_WORKER_ID'] as const

/**
 * Somebody has said by the environment which fleet is meant: nothing of the installed one's is to be mixed in.
 * @param isItsState whether a path names the installed fleet's own state directory
 */
export function isToldElsewhere(env: Environment, isItsState: (path: string) => boolean): boolean {
  const named = env['JRCTL_STATE_DIR'] ?? ''
  return (named !== '' && !isItsState(named)) || tellsPlace.some((name) => isSet(env, name))
}

/** What would change whose fleet it is that we ask, or who we are. */
const steering = new Set([
  'HOME',
  'XDG_CONFIG_HOME',
  'JRCTL_CONFIG',
  'JRCTL_ENVIRONMENT_FILE',
  'JRCTL_HOST',
  'JRCTL_SOCKET',
  'JRCTL_WORKER_ID',
])

/** A user, a port or a password alone does not say where the queue is. */
const namesQueue =
  /^(DATABASE_URL|PGHOST|PGDATABASE|CHEROKEE_DB_(HOST|NAME|USER)|JRCTL_QUEUE_(URL|EMBEDDED))$/
/** Of a connection: parts of two must never make a third one. */
const ofQueue =
  /^(DATABASE_URL|PG[A-Z]+|CHEROKEE_DB_[A-Z]+|JRCTL_QUEUE_(URL|LISTEN_URL|PASSWORD_FILE|EMBEDDED))$/

/**
 * What a command takes of its fleet's places and of the variables in its environment file: what is set already goes first, and
 * whoever names a queue means that one. An empty variable counts as not set.
 */
export function takenVariables(env: Environment, places: Variables, ofFile: Variables): Variables {
  const hasQueue = Object.keys(env).some((name) => namesQueue.test(name) && isSet(env, name))
  const ofOthers = Object.entries(ofFile).filter(
    ([name, value]) => value !== '' && !steering.has(name) && !(hasQueue && ofQueue.test(name)),
  )
  const all = Object.entries({ ...Object.fromEntries(ofOthers), ...places })
  return Object.fromEntries(all.filter(([name]) => !isSet(env, name)))
}

function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '') !== ''
}
