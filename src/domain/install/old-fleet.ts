/** Who runs a unit: the machine's systemd, or that of the account for which is installed. */
export type UnitOwner = 'system' | 'user'

/** A unit of an earlier fleet, as systemd tells of it. */
export interface OldUnit {
  name: string
  owner: UnitOwner
  /** `ActiveState` and `UnitFileState` of systemd. */
  active: string
  enabled: string
  /** What lies by its name where units are installed was written by `install`. */
  isOurs: boolean
}

/** What `install` switched off, so that it can be said how to bring it back. */
export interface ReplacedUnit {
  name: string
  owner: UnitOwner
  wasEnabled: boolean
  wasActive: boolean
}

/** A process that somebody started by hand. */
export interface OldProcess {
  pid: number
  /** Clock ticks since boot: with it a pid names one process for good. */
  startTime: number
  user: string
  ageMs: number
  /** With single spaces; not cleaned. */
  commandLine: string
  /** The systemd unit that it runs in; null: none that would start it again. */
  unit: string | null
}

const activeStates = new Set(['active', 'activating', 'reloading', 'deactivating'])

export function isActive(unit: Pick<OldUnit, 'active'>): boolean {
  return activeStates.has(unit.active)
}

/** `enabled-runtime` lasts until the next start alone, and an alias is another name. */
export function isEnabled(unit: Pick<OldUnit, 'enabled'>): boolean {
  return unit.enabled === 'enabled' || unit.enabled === 'enabled-runtime'
}

/**
 * Those of somebody else still: in place of one that is ours by now we were installed, and it is the new fleet. Without a record we do
 * not know of units that are wanted no more; who names them has them switched off.
 */
export function foreignUnits(
  units: readonly OldUnit[],
  { staleUnits, isNoted }: { staleUnits: readonly string[]; isNoted: boolean },
): OldUnit[] {
  return units.filter(({ name, isOurs }) => !isOurs || (!isNoted && staleUnits.includes(name)))
}

/** Those that still have to be switched off. */
export function unitsToReplace(units: readonly Omit<OldUnit, 'isOurs'>[]): ReplacedUnit[] {
  return units
    .filter((unit) => isActive(unit) || isEnabled(unit))
    .map((unit) => ({
      name: unit.name,
      owner: unit.owner,
      wasEnabled: isEnabled(unit),
      wasActive: isActive(unit),
    }))
}

/** What is known of replaced units after more of them, each once: the first news counts, which was before our doing. */
export function replacedSoFar(
  before: readonly ReplacedUnit[],
  more: readonly ReplacedUnit[],
): ReplacedUnit[] {
  const all = [...before, ...more]
  const isSame = (one: ReplacedUnit, other: ReplacedUnit) =>
    one.name === other.name && one.owner === other.owner
  return all.filter((unit, index) => all.findIndex((other) => isSame(unit, other)) === index)
}

/** Of processes that were found, why they must not be ended: their unit would start them again, and two fleets would run. */
export function keptAliveBy(
  processes: readonly OldProcess[],
  replaced: readonly string[],
): { pid: number; unit: string }[] {
  return processes.flatMap(({ pid, unit }) =>
    unit === null || replaced.includes(unit) ? [] : [{ pid, unit }],
  )
}

/** So short a text would be found in half of a machine's command lines. */
export const patternLengthMin = 4
/** More than that are not a fleet that somebody started by hand. */
export const oldProcessesMax = 200
