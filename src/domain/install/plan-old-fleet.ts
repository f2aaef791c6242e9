import { foreignUnits, keptAliveBy, oldProcessesMax, type ReplacedUnit, unitsToReplace } from './old-fleet.ts'
import type { InstallSeen, InstallWish } from './plan-install.ts'
import type { InstallStep, Refusal } from './step.ts'

interface OldFleetPlan {
  /** Of an earlier installation of ours. */
  stale: InstallStep[]
  /** Of whoever was there before us. */
  fleet: InstallStep[]
  /** The units that `fleet` switches off. */
  replaced: ReplacedUnit[]
  refusals: Refusal[]
}

/** Whoever would work beside the new fleet is switched off before that starts. */
export function planOldFleet({ layout, units }: InstallWish, seen: InstallSeen): OldFleetPlan {
  const { oldProcesses, stale, staleUnits } = seen
  const isOurs = seen.record !== null
  const foreign = foreignUnits(seen.oldUnits, { staleUnits, isNoted: isOurs })
  const replaced = unitsToReplace(foreign)
  const named = new Set(foreign.map(({ name }) => name))
  const leftOver = staleUnits.filter((name) => !named.has(name))
  const off: InstallStep[] =
    isOurs && leftOver.length > 0
      ? [
          // In this order: whoever is cut off between them finds them enabled, and begins anew.
          { kind: 'stop', units: leftOver },
          { kind: 'disable', units: leftOver },
        ]
      : []
  const remove = stale.map(({ path, isOurs: isUntouched }): InstallStep => ({
    kind: 'remove_file',
    path: `${layout.unitFolder}/${path}`,
    keepOld: !isUntouched,
  }))
  const folders = new Set(
    stale.flatMap(({ path }) => (path.includes('/') ? [path.replace(/\/[^/]*$/, '')] : [])),
  )
  const emptied = [...folders].map((path): InstallStep => ({
    kind: 'remove_folder',
    path: `${layout.unitFolder}/${path}`,
  }))
  const ended = oldProcesses.slice(0, oldProcessesMax)
  return {
    stale: [...off, ...remove, ...emptied],
    fleet: [
      ...replaced.map((unit): InstallStep => ({ kind: 'switch_off', unit })),
      ...(ended.length === 0
        ? []
        : [
            { kind: 'end_processes' as const, processes: ended, texts: [...seen.oldTexts], ours: [...units] },
          ]),
    ],
    replaced,
    refusals: [
      ...(isOurs ? [] : leftOver.map(enabledBefore)),
      ...refusalsOf(foreign.filter(({ enabled }) => enabled === 'masked').map(({ name }) => name)),
      ...keptAliveBy(
        oldProcesses,
        seen.oldUnits.map(({ name }) => name),
      ).map(restarted),
      ...(oldProcesses.length > oldProcessesMax ? [tooMany(oldProcesses.length)] : []),
    ],
  }
}

/** An instance of a template by our name that somebody enabled would run our template beside the daemon's own worker. */
function enabledBefore(name: string): Refusal {
  return {
    message: `${name} runs or is enabled, and was not installed by jrctl: it would be beside the new fleet`,
    hint: `--replace-units ${name} switches it off.`,
  }
}

function refusalsOf(masked: readonly string[]): Refusal[] {
  return masked.map((name) => ({
    message: `${name} is masked already`,
    hint: 'Leave it out of --replace-units.',
  }))
}

function restarted({ pid, unit }: { pid: number; unit: string }): Refusal {
  return {
    message: `pid ${pid} runs in ${unit}, which may start it again`,
    hint: `--replace-units ${unit} switches that off; or match fewer processes.`,
  }
}

function tooMany(found: number): Refusal {
  return {
    message: `${found} processes match, which is no fleet that somebody started by hand; at most ${oldProcessesMax} are ended`,
    hint: 'Give a text that their command lines alone contain.',
  }
}
