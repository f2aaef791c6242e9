import type { Layout } from './layout.ts'
import { type LeftProcess, worthNaming } from './left-running.ts'
import { bringBack } from './bring-back.ts'
import { isActive, isEnabled } from './old-fleet.ts'
import { planCrontab } from './plan-cron.ts'
import type { InstallRecord } from './record.ts'
import type { InstallPlan, InstallStep, Refusal } from './step.ts'
import type { UnitState } from './unit-state.ts'

export interface UninstallWish {
  layout: Layout
  /** The daemon's unit; the others that are ours follow from what is there. */
  daemonUnit: string
  /** Whose lingering and crontab it was. */
  account: string
  /** Workers work on without a daemon; so the program that they run stays, and the record that knows of it. */
  keepWorkers: boolean
  purge: boolean
}

/** Something that is deleted for good, and what it is in words. */
export interface Belonging {
  path: string
  what: string
  bytes: number | null
}

export interface UninstallSeen {
  /** Files by our names below the unit folder that carry our seal. */
  files: readonly { path: string; isOurs: boolean }[]
  /** Files by our names that we did not write. */
  foreign: readonly string[]
  /** What was set aside for a unit of ours by somebody's consent, newest of each; below the unit folder. */
  asides: readonly { path: string; aside: string }[]
  units: readonly UnitState[]
  /** What runs of the fleet. */
  left: readonly LeftProcess[]
  /** A daemon that cron started, where no systemd runs units; null: none runs. */
  cronDaemonPid: number | null
  /** A daemon that no unit runs works with the same state: its fleet is not ours to end. Null: there is none. */
  otherDaemonPid: number | null
  record: InstallRecord | null
  recordExists: boolean
  /** The program that the record names is there. */
  programExists: boolean
  lingers: boolean
  /** Of the account that the record names; null: none. */
  crontab: string | null
  /** What `--purge` deletes, and what it is kept from, in words. */
  belongings: readonly Belonging[]
  /** Folders of sockets, which nobody listens at any more. */
  sockets: readonly string[]
  spared: readonly string[]
}

/** What an installation did, undone: in the order in which nothing starts again what has just been stopped. */
export function planUninstall(wish: UninstallWish, seen: UninstallSeen): InstallPlan {
  const { layout } = wish
  const cron =
    seen.crontab === null
      ? { steps: [], refusals: [] }
      : planCrontab({ account: seen.record?.cronOf ?? '', text: seen.crontab }, [])
  const steps: InstallStep[] = [
    ...planStop(wish, seen),
    ...planFiles(layout, seen),
    ...(wish.keepWorkers
      ? []
      : seen.sockets.map((path): InstallStep => ({
          kind: 'remove_tree',
          path,
          what: 'sockets',
          bytes: null,
        }))),
    ...cron.steps,
    ...(seen.record?.didLinger === true && seen.lingers
      ? [{ kind: 'linger' as const, account: wish.account, on: false }]
      : []),
    ...(seen.record?.isCopied === true && seen.programExists && !wish.keepWorkers
      ? [{ kind: 'remove_file' as const, path: seen.record.program, keepOld: false }]
      : []),
    ...(seen.recordExists && !wish.keepWorkers
      ? [{ kind: 'remove_file' as const, path: layout.record, keepOld: false }]
      : []),
    ...(wish.purge ? seen.belongings.map((one): InstallStep => ({ kind: 'remove_tree', ...one })) : []),
  ]
  return {
    steps,
    refusals: [...cron.refusals, ...refuseInUse(wish, seen)],
    warnings: [
      ...seen.foreign.map((name) => `${layout.unitFolder}/${name} was not written by jrctl, and is left`),
      ...(wish.purge ? seen.spared : []),
      ...(seen.otherDaemonPid === null
        ? []
        : [
            `a daemon that no unit runs, pid ${seen.otherDaemonPid}, works with the same state, and goes on with its workers`,
          ]),
    ],
    unready: null,
    next: [
      ...bringBack(layout, seen),
      ...(wish.purge || seen.belongings.length === 0
        ? []
        : [`Kept, and deleted by --purge: ${seen.belongings.map(({ path }) => path).join(', ')}.`]),
    ],
  }
}

function planStop(
  { daemonUnit, keepWorkers }: UninstallWish,
  { units, left, cronDaemonPid, otherDaemonPid }: UninstallSeen,
): InstallStep[] {
  const enabled = units.filter(isEnabled).map(({ name }) => name)
  const daemon = units.find(({ name }) => name === daemonUnit)
  const isRunning = cronDaemonPid !== null || (daemon !== undefined && isActive(daemon))
  const isWorker = (name: string) => name.startsWith('jr-queue-worker@')
  const others = units.filter((unit) => isActive(unit) && unit.name !== daemonUnit)
  const timers = others.filter(({ name }) => !isWorker(name)).map(({ name }) => name)
  const workers = keepWorkers ? [] : others.filter(({ name }) => isWorker(name)).map(({ name }) => name)
  const stop = (names: string[]): InstallStep[] =>
    names.length === 0 ? [] : [{ kind: 'stop', units: names }]
  const stopDaemon: InstallStep = {
    kind: 'stop_daemon',
    unit: daemonUnit,
    pid: cronDaemonPid,
    workers: keepWorkers ? 'leave' : 'stop',
  }
  return [
    ...(enabled.length === 0 ? [] : [{ kind: 'disable' as const, units: enabled }]),
    // First who would start the daemon again, or tell the world that it is dead.
    ...stop(timers),
    // They give their tasks back to the queue, which an embedded database takes along.
    ...stop(workers),
    ...(isRunning ? [stopDaemon] : []),
    // What a daemon leaves, and what one that is dead has left: it would run on unseen, above nothing but deleted files.
    ...(!keepWorkers && otherDaemonPid === null && (isRunning || left.length > 0)
      ? [
          {
            kind: 'end_left' as const,
            seen: isRunning ? [] : worthNaming(left).map(({ pid, name }) => ({ pid, name })),
          },
        ]
      : []),
  ]
}

/** A state directory is deleted under nobody. */
function refuseInUse({ purge, keepWorkers }: UninstallWish, seen: UninstallSeen): Refusal[] {
  if (!purge) return []
  const pid = seen.otherDaemonPid
  if (pid !== null)
    return [
      {
        message: `a daemon that no unit runs, pid ${pid}, works with the state that is to be deleted`,
        hint: `End it, which ends its workers: kill ${pid}   Then run this again.`,
      },
    ]
  if (!keepWorkers) return []
  return [
    {
      message: 'workers that are kept work with the state that --purge deletes',
      hint: 'Leave out --keep-workers or --purge.',
    },
  ]
}

function planFiles(layout: Layout, { files }: UninstallSeen): InstallStep[] {
  if (files.length === 0) return []
  const folders = new Set(
    files.flatMap(({ path }) => (path.includes('/') ? [path.replace(/\/[^/]*$/, '')] : [])),
  )
  const absolute = (path: string) => `${layout.unitFolder}/${path}`
  return [
    ...files.map(({ path, isOurs }): InstallStep => ({
      kind: 'remove_file',
      path: absolute(path),
      keepOld: !isOurs,
    })),
    ...[...folders].map((path): InstallStep => ({ kind: 'remove_folder', path: absolute(path) })),
    ...(layout.root === '' ? [{ kind: 'reload' as const }] : []),
  ]
}
