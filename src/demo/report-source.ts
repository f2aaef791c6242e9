import type { LockedPackage, LockFile } from './lock-file.ts'
import type { Manifest } from './manifest.ts'
import type { ReportRequest } from './report-request.ts'

/** What every report has at hand. */
export interface ReportSource {
  request: ReportRequest
  /** Absolute. */
  projectDir: string
  /** Absolute: the folder of the package. */
  packageDir: string
  lock: LockFile
  /** What the lock file says of this folder; undefined when it says nothing. */
  locked: LockedPackage | undefined
  manifest: Manifest
}
