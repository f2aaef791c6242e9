import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { detectLicences, licenceIds } from '../licence-texts.ts'
import { declaredLicence } from '../manifest.ts'
import { packageFiles } from '../package-files.ts'
import type { ReportSource } from '../report-source.ts'

/** Whether the licence texts that come with a package are those that its package.json names. */
export interface LicenceTextReport {
  declared: string | null
  files: { path: string; detected: string[]; verdict: TextVerdict }[]
  /** Paths of the files that disagree. */
  disagreeing: string[]
  /** No licence text at all: most licences ask for one. */
  textMissing: boolean
}

/**
 * - `agrees`: only declared licences. `more`: declared ones and others (bundled code, mostly).
 * - `disagrees`: others only. `unknown`: no licence we know; read it.
 */
export type TextVerdict = 'agrees' | 'more' | 'disagrees' | 'unknown'

const licenceName = /^(?:licen[cs]es?|copying|notice|unlicense|copyright)(?:[-_.][\w-]*)*(?:\.(?:md|txt))?$/i
const codeName = /\.(?:[cm]?[jt]sx?|json|map)$/i

export function reportLicenceText({ manifest, packageDir }: ReportSource): LicenceTextReport {
  const declared = declaredLicence(manifest)
  const ids = declared === null ? [] : licenceIds(declared)
  const files = packageFiles(packageDir)
    .filter(({ path }) => licenceName.test(basename(path)) && !codeName.test(path))
    .map(({ path }) => {
      const detected = detectLicences(readFileSync(join(packageDir, path), 'utf8'))
      return { path, detected, verdict: verdictOf(ids, detected) }
    })
  const disagreeing = files.filter(({ verdict }) => verdict === 'disagrees').map(({ path }) => path)
  return { declared, files, disagreeing, textMissing: files.length === 0 }
}

function verdictOf(declared: readonly string[], detected: readonly string[]): TextVerdict {
  if (detected.length === 0) return 'unknown'
  const expected = detected.filter((id) => declared.includes(id)).length
  if (expected === 0) return 'disagrees'
  return expected === detected.length ? 'agrees' : 'more'
}
