import { templateOf } from '../units/unit-name.ts'
import type { RunningUnit } from './found.ts'
import { isEnabled } from './old-fleet.ts'
import type { Profile } from './record.ts'
import type { InstallStep, RunningWork } from './step.ts'
import { whyRestart } from './why-restart.ts'

/** A unit of ours as systemd tells of it. */
export interface UnitState {
  name: string
  /** `LoadState`, `ActiveState`, `UnitFileState`. */
  load: string
  active: string
  enabled: string
}

/** What becomes of units that are to be up. */
export interface StartQuestion {
  /** In their order. */
  units: readonly string[]
  states: ReadonlyMap<string, UnitState>
  running: ReadonlyMap<string, RunningUnit>
  profile: Profile
  /** How the daemon ends. */
  shutdown: RunningWork
  /** What is written now: files below the unit folder, the program; `foreign`: units of somebody's that ours replace. */
  changed: { files: readonly string[]; program: boolean; foreign: readonly string[] }
}

/** What starts the units that an installation enables, in their order. */
export function planStart(question: StartQuestion): InstallStep[] {
  const { units, states, running, changed, shutdown } = question
  const unknown = (name: string): UnitState => ({ name, load: 'not-found', active: 'inactive', enabled: '' })
  const all = units.map((name) => states.get(name) ?? unknown(name))
  // What was enabled is another unit by that name, where it was somebody's.
  const disabled = all
    .filter((unit) => !isEnabled(unit) || changed.foreign.includes(unit.name))
    .map(({ name }) => name)
  const starts = all.flatMap((unit): InstallStep[] => {
    const why = whyOutdated(unit, question)
    // One that is starting is waited for by starting it.
    const isUp = unit.active === 'active' || unit.active === 'reloading'
    if (isUp && why === null) return []
    const work = why !== null && hasWorkers(running.get(unit.name)) ? shutdown : null
    return [{ kind: 'start', unit: unit.name, isRestart: why !== null, why, work }]
  })
  return [...(disabled.length === 0 ? [] : [{ kind: 'enable' as const, units: disabled }]), ...starts]
}

/** A daemon that starts them itself. */
function hasWorkers(running: RunningUnit | undefined): boolean {
  return running?.profile === 'standard'
}

/** Why a unit that is up, or coming up, is not as it would be started; null: it is, or is not up. */
export function whyOutdated(
  { name, active }: UnitState,
  { running, profile, changed }: Pick<StartQuestion, 'running' | 'profile' | 'changed'>,
): string | null {
  const isUp = active === 'active' || active === 'reloading'
  if (!isUp && !(active === 'activating' && running.has(name))) return null
  return whyRestart(running.get(name), {
    settings: changed.files.some((path) => concerns(path, name)),
    program: changed.program && name.endsWith('.service'),
    profile,
  })
}

/** Whether a file below the unit folder says something of a unit: its own, its template's, a drop-in of either. */
export function concerns(path: string, unit: string): boolean {
  return [unit, templateOf(unit) ?? unit].some((name) => path === name || path.startsWith(`${name}.d/`))
}
