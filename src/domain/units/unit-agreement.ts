import { workerOfUnit, workerUnit } from './unit-name.ts'

/** Units of workers, by their whole names, as a machine has them in the hardened profile. */
export interface UnitsFound {
  /** Those that run, come up or go down. */
  up: readonly string[]
  /** Those that are started with the machine. */
  enabled: readonly string[]
  /** Those that `jrctl install` has written something for. */
  written: readonly string[]
}

/** What the configuration and the units of workers do not agree on; every list is in order, each unit once. */
export interface UnitAgreement {
  /** Units that there are to be. */
  wanted: string[]
  /** They run or are enabled, and the configuration does not have them: each goes on as its worker. */
  surplus: { unit: string; isUp: boolean }[]
  /** The configuration has them, and nobody has installed them. */
  missing: string[]
  /** They are installed, and neither enabled nor up: set aside by an operator, or not begun with. */
  idle: string[]
}

/** As `[[workers]]` says it, as far as units go. */
export interface UnitDefinition {
  name: string
  instances: number
  /** Undefined: it is kept running. */
  schedule?: unknown
}

/** What brings both together again: it stops and disables what is too much, and makes and starts what is missing. */
export const agreeingCommand = 'jrctl install --enable'

/** Those that are kept running have a unit an instance; those that are run at times have none. */
export function wantedUnits(workers: readonly UnitDefinition[]): string[] {
  return workers
    .filter(({ schedule }) => schedule === undefined)
    .flatMap(({ name, instances }) =>
      Array.from({ length: instances }, (_, index) => workerUnit(name, index + 1)),
    )
}

/** Units of other names than workers' are nobody's concern here. */
export function compareUnits(workers: readonly UnitDefinition[], found: UnitsFound): UnitAgreement {
  const wanted = new Set(wantedUnits(workers))
  const isUp = new Set(found.up)
  const atWork = new Set([...found.up, ...found.enabled])
  const there = new Set([...atWork, ...found.written])
  return {
    wanted: [...wanted],
    surplus: [...atWork]
      .filter((unit) => workerOfUnit(unit) !== null && !wanted.has(unit))
      .sort()
      .map((unit) => ({ unit, isUp: isUp.has(unit) })),
    missing: [...wanted].filter((unit) => !there.has(unit)),
    idle: [...wanted].filter((unit) => !atWork.has(unit) && there.has(unit)),
  }
}

/** What it means for the work, a sentence for each kind of disagreement; empty: there is none. */
export function disagreements({ surplus, missing }: UnitAgreement): string[] {
  const running = surplus.filter(({ isUp }) => isUp).map(({ unit }) => unit)
  const enabled = surplus.filter(({ isUp }) => !isUp).map(({ unit }) => unit)
  return [
    ...told(running, 'units of workers are at work that the configuration does not have'),
    ...told(enabled, 'units of workers start with the machine that the configuration does not have'),
    ...told(missing, 'the configuration has workers whose units are not installed'),
  ]
}

/** A fleet may have thousands. */
const namedMax = 5

function told(units: readonly string[], what: string): string[] {
  if (units.length === 0) return []
  const named = units.slice(0, namedMax).join(', ')
  const more = units.length > namedMax ? ` and ${units.length - namedMax} more` : ''
  return [`${what}: ${named}${more}`]
}
