import type { OtherNodeCause } from '../../domain/backup/destination.ts'
import type { BackupManifest } from '../../domain/backup/manifest.ts'

/** Told what is being done, and how much of it: for a person who waits. */
export type Progress = (doing: string, bytes: number, ofBytes: number | null) => void

interface Watched {
  progress: Progress
  signal: AbortSignal
}

export interface BackupOrder extends Watched {
  /** A file, a folder, or `-` for stdout; as it was written. */
  target: string
  stateDir: string | undefined
  secrets: boolean
  /** Of a folder: so many backups of this node stay; null: all. */
  keep: number | null
}

export interface BackupMade {
  /** Null: it went to stdout. */
  file: string | null
  manifest: BackupManifest
  files: number
  contentBytes: number
  bytes: number
  sha256: string
  /** Older ones of this node that were removed. */
  removed: string[]
  /** What the person should know beside. */
  notes: string[]
}

export interface BackupSeen {
  file: string
  manifest: BackupManifest
  files: number
  contentBytes: number
  bytes: number
  sha256: string
  /** Entries of its ledger, whose chain is whole. */
  ledgerEntries: number
}

export interface RestoreOrder extends Watched {
  file: string
  stateDir: string | undefined
  dryRun: boolean
  force: boolean
  keepNode: boolean
}

/** Why a restore would be refused. */
export interface Obstacle {
  message: string
  /** What to do about it. */
  hint: string | null
}

export interface RestoreDone extends BackupSeen {
  dryRun: boolean
  stateDir: string
  /** What is there and gives way. */
  replaced: string[]
  /** Where it went, or would go; null: nothing is there. */
  aside: string | null
  /** Of the node that it becomes; null: it will draw a new one. */
  node: string | null
  /** Why it becomes another than it was; null: it does not. */
  otherNode: OtherNodeCause | null
  /** Tasks that were at work then, and wait again; null: not known, or not ours. */
  tasksGivenBack: number | null
  workersForgotten: number
  /** Where the configuration of then was put; null: it is the one in force, or there is none. */
  config: string | null
  notes: string[]
  /** Of a dry run: why the restore itself would be refused, all of it. */
  obstacles: Obstacle[]
}

/** `jrctl backup` and `jrctl restore`, over the state directory itself. */
export interface BackupService {
  create(order: BackupOrder): Promise<BackupMade>
  /** Proves a backup without touching any state. @throws UserError (exit 3) when it is not there */
  verify(order: { file: string } & Watched): Promise<BackupSeen>
  restore(order: RestoreOrder): Promise<RestoreDone>
}
