import type { LeftProcess } from './left-running.ts'
import type { OldProcess, ReplacedUnit } from './old-fleet.ts'

/** One thing that `install` or `uninstall` does. Each may be done twice: whoever was cut off begins anew. */
export type InstallStep =
  | { kind: 'make_folder'; path: string; mode: number }
  /** For the fleet's account alone. */
  | { kind: 'make_own_folder'; path: string; account: string }
  | { kind: 'note_record'; path: string; text: string }
  | { kind: 'copy_program'; from: string; path: string; why: string; isNew: boolean }
  | WriteStep
  | { kind: 'remove_file'; path: string; keepOld: boolean }
  | { kind: 'remove_folder'; path: string }
  | { kind: 'reload' }
  | { kind: 'linger'; account: string; on: boolean }
  | { kind: 'switch_off'; unit: ReplacedUnit }
  | { kind: 'end_processes'; processes: OldProcess[]; texts: string[]; ours: string[] }
  | { kind: 'enable'; units: string[] }
  /** A running daemon reads its configuration again. */
  | { kind: 'reload_daemon'; unit: string }
  | StartStep
  | { kind: 'write_crontab'; account: string; text: string; diff: string[] }
  /** `pid`: of one that no unit runs; null: the unit's. */
  | { kind: 'stop_daemon'; unit: string; pid: number | null; workers: 'stop' | 'leave' }
  /** What runs of the fleet when its daemon is gone; `seen`: what did so already before anything was stopped. */
  | { kind: 'end_left'; seen: Pick<LeftProcess, 'pid' | 'name'>[] }
  | { kind: 'disable'; units: string[] }
  | { kind: 'stop'; units: string[] }
  | { kind: 'remove_tree'; path: string; what: string; bytes: number | null }

export interface StartStep {
  kind: 'start'
  unit: string
  isRestart: boolean
  /** Why it is restarted, in words; null: it does not run. */
  why: string | null
  /** What becomes of the work that runs under it; null: none does, or nobody knows. */
  work: RunningWork | null
}

/** What a daemon that ends does with its workers, by its configuration. */
export interface RunningWork {
  workers: 'stop' | 'leave'
  finishGraceMs: number
}

export interface WriteStep {
  kind: 'write_file'
  path: string
  text: string
  mode: number
  isNew: boolean
  /** What is there is somebody's: it is kept beside, under another name. */
  keepOld: boolean
  /** Against what is there; of a new file nothing. */
  diff: string[]
}

/** Why something is not done, and what to do about it. */
export interface Refusal {
  message: string
  hint: string
}

export interface InstallPlan {
  steps: InstallStep[]
  /** With any of them nothing at all is done. */
  refusals: Refusal[]
  /** Told, and no hindrance. */
  warnings: string[]
  /** Why what is installed is not started although that was asked; null: it is, or was not asked. */
  unready: Refusal | null
  /** What is left for a person to do afterwards, a line each. */
  next: string[]
}
