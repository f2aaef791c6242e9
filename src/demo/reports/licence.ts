import type { ReportSource } from '../report-source.ts'
import { declaredLicence } from '../manifest.ts'

/** What the package's own manifest and the project's lock file say its licence is, and whether they agree. */
export interface LicenceReport {
  declared: string | null
  locked: string | null
  agree: boolean
}

export function reportLicence({ manifest, locked }: ReportSource): LicenceReport {
  const declared = declaredLicence(manifest)
  const inLock = locked?.license ?? null
  return { declared, locked: inLock, agree: declared === inLock }
}
