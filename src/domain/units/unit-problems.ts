import type { Installation, UnitWorker } from './unit-files.ts'
import { isUnitName, unitNameMax, workerUnit } from './unit-name.ts'
import { fitsLine } from './unit-values.ts'

/** Why an installation cannot be put into units, each with what to do about it; empty: it can. */
export function unitProblems(installation: Installation): string[] {
  return [
    ...accountProblems(installation),
    ...nameProblems(installation),
    ...needProblems(installation),
    ...pathProblems(installation),
    ...unservedProblems(installation),
  ]
}

function accountProblems({ scope, profile, account }: Installation): string[] {
  const isRoot = scope === 'system' && (account === null || account === 'root')
  if (profile !== 'hardened' || !isRoot) return []
  return [
    'the hardened profile shuts the daemon in, which root is not: name an account for it (--account NAME)',
  ]
}

/** Scripts without Latin letters take four characters a byte. */
function nameProblems({ profile, workers }: Installation): string[] {
  if (profile !== 'hardened') return []
  return workers.flatMap(({ name, instance }) => {
    const unit = workerUnit(name, instance)
    return unit.length <= unitNameMax
      ? []
      : [
          `${name}: the name of its unit would have ${unit.length} characters, and systemd takes ${unitNameMax}: give it a shorter name, or use the standard profile`,
        ]
  })
}

function needProblems({ needs }: Installation): string[] {
  return needs
    .filter((name) => !isUnitName(name))
    .map(
      (name) =>
        `--after ${JSON.stringify(name)}: no unit can be called so; a name has letters, digits and : _ . \\ @ -, and systemd-escape makes one of any text`,
    )
}

function pathProblems({ program, config, environmentFile, stateDir, logsDir }: Installation): string[] {
  // Nobody calls a program so; systemd takes it for a mistake.
  const isQuoting = /["'\\]/.test(program)
  if (isQuoting)
    return [`${program} cannot be started by a unit: systemd refuses quotes and backslashes in its path`]
  return [program, config, environmentFile, stateDir, logsDir]
    .filter((path) => !path.startsWith('/') || !fitsLine(path))
    .map(
      (path) =>
        `${JSON.stringify(path)} cannot stand in a unit file: it must be absolute, without line breaks, spaces at its ends, or a backslash at its end`,
    )
}

function unservedProblems({ profile, scheduled }: Installation): string[] {
  if (profile !== 'hardened') return []
  return scheduled.map(
    (name) =>
      `${name} has a schedule, and only a daemon that starts workers keeps one: use the standard profile, or a timer of systemd's for it`,
  )
}

/**
 * Workers that could never reach an embedded database: what says where it is and how to log in lies in the state directory, which is
 * the daemon's account's alone, and no daemon is above them to speak for them.
 */
export function unreachableProblems({ scope, profile, account, workers }: ReachWish): string[] {
  // A user's manager runs all as its own account.
  if (profile !== 'hardened' || scope === 'user') return []
  return workers
    .filter(({ user, notifies }) => notifies && user !== null && user !== account)
    .map(
      ({ name, user }) =>
        `${name}: ${user} cannot reach the embedded database as a unit of its own: leave out its user, use the standard profile, or a database of your own ([queue] url)`,
    )
}

export type ReachWish = Pick<Installation, 'scope' | 'profile' | 'account'> & {
  workers: readonly Pick<UnitWorker, 'name' | 'user' | 'notifies'>[]
}

/**
 * Workers that can never be started as they are configured: only a daemon of root's starts them as somebody else, or systemd itself, in
 * the hardened profile of the system.
 */
export function foreignUsers({ scope, profile, account, workers }: ReachWish): string[] {
  if (scope === 'system' && (profile === 'hardened' || account === null || account === 'root')) return []
  const remedy =
    scope === 'user'
      ? 'units of an account run all as itself: leave out its user'
      : "only a daemon of root's starts it so (--account root), or a unit of its own (--profile hardened)"
  return [
    ...new Set(
      workers
        .filter(({ user }) => user !== null && user !== account)
        .map(({ name, user }) => `${name} cannot run as ${user}: ${remedy}`),
    ),
  ]
}
