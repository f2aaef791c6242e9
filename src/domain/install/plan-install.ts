import { workerOfUnit } from '../units/unit-name.ts'
import { planCron, planCronMove } from './plan-cron.ts'
import type { Found, RunningUnit, WantedFile } from './found.ts'
import { type LivingFleet, planKeepTogether } from './keep-together.ts'
import type { Layout } from './layout.ts'
import {
  isActive,
  type OldProcess,
  type OldUnit,
  type ReplacedUnit,
  replacedSoFar,
  unitsToReplace,
} from './old-fleet.ts'
import { planOldFleet } from './plan-old-fleet.ts'
import { planFiles } from './plan-files.ts'
import type { ProgramPlace } from './program-place.ts'
import { type InstallRecord, type Profile, recordText } from './record.ts'
import { type Digest, sealOf } from './seal.ts'
import { planRunOn } from './plan-run-on.ts'
import type { InstallPlan, InstallStep, Refusal, RunningWork } from './step.ts'
import { planStart, type UnitState } from './unit-state.ts'

/** What is to be, whatever is there. */
export interface InstallWish {
  layout: Layout
  profile: Profile
  /** Whom the fleet runs as. */
  account: string
  config: string
  /** By its whole path. */
  stateDir: string
  needs: readonly string[]
  program: ProgramPlace
  /** The units' files, sealed. */
  files: readonly WantedFile[]
  /** Folders that the daemon writes to, and systemd does not make. */
  ownFolders: readonly string[]
  /** A configuration to begin with; null: there is one. */
  startingConfig: WantedFile | null
  /** What is to be enabled, in order. */
  units: readonly string[]
  /** They are enabled and started now. */
  enable: boolean
  /** What a daemon that ends does with its workers. */
  shutdown: RunningWork
  /** Why the daemon would not start as things are. */
  unready: Refusal | null
  /** Lines for the account's crontab; null: none are wanted. */
  cronLines: readonly string[] | null
  force: boolean
  digest: Digest
}

/** What is there. Paths are as in the layout, without its root. */
export interface InstallSeen {
  files: ReadonlyMap<string, Found>
  /** Folders that have to be made, from the outermost to the innermost. */
  missingFolders: readonly string[]
  /** Those that the daemon writes to, and systemd does not make. */
  missingOwnFolders: readonly string[]
  /** Files of ours that are wanted no more. */
  stale: readonly { path: string; isOurs: boolean }[]
  /** Units by our names that are enabled, or workers' that run, and are wanted no more. */
  staleUnits: readonly string[]
  units: ReadonlyMap<string, UnitState>
  /** Those that are up, as far as can be told. */
  running: ReadonlyMap<string, RunningUnit>
  /** A unit's files differ from what systemd has read of them. */
  isUnread: boolean
  record: InstallRecord | null
  /** As whom it was installed; null: nothing was, or nobody says. */
  accountBefore: string | null
  /** Null: nothing of the fleet is alive. */
  living: LivingFleet | null
  /** Null: it does not matter. */
  lingers: boolean | null
  /** Null: nobody asks for it. */
  crontab: string | null
  /** Where lines of an installation before are, and are wanted no more. */
  oldCrontab: { account: string; text: string } | null
  /** What is at the program's target is what would be copied there. */
  isCopyCurrent: boolean
  oldUnits: readonly OldUnit[]
  oldProcesses: readonly OldProcess[]
  /** By which they were found. */
  oldTexts: readonly string[]
}

/** What has to be done for a wish to be true. Nothing, where it is. */
export function planInstall(wish: InstallWish, seen: InstallSeen): InstallPlan {
  const { layout, program } = wish
  if (program.kind === 'refused') return refused(program)
  const { unready, enable, units } = wish
  const wanted = [...(wish.startingConfig === null ? [] : [wish.startingConfig]), ...wish.files]
  const files = planFiles({ ...wish, root: layout.root, wanted, found: seen.files })
  const copies: InstallStep[] =
    program.kind === 'copy' && !seen.isCopyCurrent
      ? [{ ...program, kind: 'copy_program', isNew: seen.files.get(program.path)?.kind === 'absent' }]
      : []
  const old = planOldFleet(wish, seen)
  const cron = planCron(wish, seen)
  const below = (path: string) => path.slice(layout.unitFolder.length + 1)
  const changed = files.steps.map(({ path }) => below(path))
  const isReloading =
    seen.isUnread ||
    files.steps.some(({ path }) => path.startsWith(layout.unitFolder)) ||
    old.stale.length > 0
  // What is enabled in an image is started with the machine that it becomes, which has its configuration by then.
  const isImage = layout.root !== ''
  const doesStart = enable && (unready === null || isImage)
  const others = files.steps
    .filter(({ keepOld }) => keepOld)
    .flatMap(({ path }) => seen.units.get(below(path)) ?? [])
  const foreign = others.map(({ name }) => name)
  const doesReplace = doesStart || wish.cronLines !== null
  const { running } = seen
  const states = doesReplace ? statesWithout(seen.units, old.replaced, layout) : seen.units
  const changes = { files: changed, program: copies.length > 0, foreign }
  const question = {
    units,
    states,
    running,
    profile: wish.profile,
    shutdown: wish.shutdown,
    changed: changes,
  }
  const starts = doesStart ? planStart(question) : []
  const runOn = doesStart || isImage ? { refusals: [], warnings: [] } : planRunOn(question, wish)
  const reloads = starts.length > 0 && !isImage ? reloadOf(units, states, starts) : []
  const lingers: InstallStep[] =
    seen.lingers === false ? [{ kind: 'linger', account: wish.account, on: true }] : []
  const doing: InstallStep[] = [
    ...copies,
    ...(doesStart && !isImage ? stopOf(others.filter(isActive)) : []),
    ...files.steps,
    ...old.stale,
    ...(isReloading && !isImage ? [{ kind: 'reload' as const }] : []),
    ...lingers,
    ...(doesReplace ? old.fleet : []),
    ...reloads,
    ...starts.filter(({ kind }) => kind !== 'start' || !isImage),
    ...cron.steps,
  ]
  // What somebody has changed of ours is nothing that was there before us.
  const before = others.filter(
    ({ name }) => !wasWrittenByUs(seen.files.get(`${layout.unitFolder}/${name}`), wish),
  )
  const record = recordOf(wish, seen, [
    ...old.replaced,
    ...unitsToReplace(before.map((unit) => Object.assign({}, unit, { owner: layout.scope }))),
  ])
  const moved = planCronMove(seen)
  // Whose lines go is known until they are gone: whoever is cut off before finds them again.
  const noted = moved.steps.length === 0 ? record : { ...record, cronOf: seen.record?.cronOf ?? null }
  const note = (one: InstallRecord): InstallStep[] => {
    const text = recordText(one)
    const isNoted = seen.record !== null && recordText(seen.record) === text
    return isNoted ? [] : [{ kind: 'note_record', path: layout.record, text }]
  }
  return {
    steps: [
      ...seen.missingFolders.map((path): InstallStep => ({ kind: 'make_folder', path, mode: 0o755 })),
      ...seen.missingOwnFolders.map((path): InstallStep => ({
        kind: 'make_own_folder',
        path,
        account: wish.account,
      })),
      ...note(noted),
      ...moved.steps,
      ...(noted === record ? [] : note(record)),
      ...doing,
    ],
    refusals: [
      ...planKeepTogether({ ...wish, scope: layout.scope }, seen.living, seen.accountBefore),
      ...files.refusals,
      ...runOn.refusals,
      ...old.refusals,
      ...moved.refusals,
      ...cron.refusals,
    ],
    warnings: [
      ...(program.kind === 'stay' && program.doubt !== undefined ? [program.doubt] : []),
      ...runOn.warnings,
      ...(isImage && enable && unready !== null ? [unreadyImage(unready)] : []),
    ],
    unready: enable && !isImage ? unready : null,
    next: [],
  }
}

/** How our units are when those of an old fleet by the same names have been switched off. */
function statesWithout(
  states: ReadonlyMap<string, UnitState>,
  replaced: readonly ReplacedUnit[],
  { scope }: Layout,
): ReadonlyMap<string, UnitState> {
  const off = new Set(replaced.filter(({ owner }) => owner === scope).map(({ name }) => name))
  return new Map(
    [...states].map(([name, state]) => [
      name,
      off.has(name) ? Object.assign({}, state, { active: 'inactive', enabled: 'disabled' }) : state,
    ]),
  )
}

function wasWrittenByUs(found: Found | undefined, { digest }: InstallWish): boolean {
  return found?.kind === 'file' && sealOf(found.text, digest) !== 'foreign'
}

/** Workers' units follow a configuration that a daemon which runs on has not read yet: it would not know them. */
function reloadOf(
  units: readonly string[],
  states: ReadonlyMap<string, UnitState>,
  starts: readonly InstallStep[],
): InstallStep[] {
  const [daemon, ...others] = units
  const startsIt = (unit: string) => starts.some((step) => step.kind === 'start' && step.unit === unit)
  const runsOn = daemon !== undefined && states.get(daemon)?.active === 'active' && !startsIt(daemon)
  const startsWorker = others.some((unit) => workerOfUnit(unit) !== null && startsIt(unit))
  return runsOn && startsWorker ? [{ kind: 'reload_daemon', unit: daemon }] : []
}

/** Its configuration may still come, so that this is no refusal. */
function unreadyImage({ message, hint }: Refusal): string {
  return `the image's first start ends in a failed unit as things are: ${message}. ${hint}`
}

/** By its own way of ending, which may take its children along; ours would leave them. */
function stopOf(units: readonly UnitState[]): InstallStep[] {
  return units.length === 0 ? [] : [{ kind: 'stop', units: units.map(({ name }) => name) }]
}

function refused(refusal: Refusal): InstallPlan {
  const { message, hint } = refusal
  return { steps: [], refusals: [{ message, hint }], warnings: [], unready: null, next: [] }
}

function recordOf(
  wish: InstallWish,
  { record, lingers }: InstallSeen,
  replaced: readonly ReplacedUnit[],
): InstallRecord {
  const { layout, program } = wish
  const cronOf = wish.cronLines === null ? null : wish.account
  return {
    scope: layout.scope,
    profile: wish.profile,
    account: layout.scope === 'system' ? wish.account : null,
    config: wish.config,
    needs: [...wish.needs],
    program: program.kind === 'refused' ? '' : program.path,
    // What was copied once is ours to remove, also when a copy itself installs again.
    isCopied:
      program.kind === 'copy' ||
      (record?.isCopied === true && program.kind === 'stay' && record.program === program.path),
    didLinger: lingers === false || record?.didLinger === true,
    cronOf,
    replaced: replacedSoFar(record?.replaced ?? [], replaced),
  }
}
