import type { Profile } from './record.ts'

/** What lies at a path, without following a link. */
export type Found =
  | { kind: 'absent' }
  | { kind: 'file'; text: string; mode: number }
  | { kind: 'link'; target: string }
  /** A folder, a socket, a device; or a file that is no text of ours by its size alone. */
  | { kind: 'other'; what: string }

/** A text that should lie there afterwards. */
export interface WantedFile {
  /** Absolute. */
  path: string
  text: string
  mode: number
}

/** A unit of ours that is up, as it was started: what its files say is what would be started next. */
export interface RunningUnit {
  /** Epoch milliseconds. */
  sinceMs: number
  /** When the newest of its file and drop-ins was written, or one was taken away, whoever did; null: nothing tells. */
  settingsMs: number | null
  /** When the file of variables was written that it starts with; null: it has none. */
  variablesMs: number | null
  /** Those differ from what systemd has read. */
  isUnread: boolean
  /** Its process runs the program of the units: the daemon does, and a worker's may. */
  usesProgram: boolean
  /** That program is another by now. */
  isReplaced: boolean
  /** By what its process was told who starts the workers; null: it is no daemon, or does not tell. */
  profile: Profile | null
}
