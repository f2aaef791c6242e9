import { packageFiles } from '../package-files.ts'
import type { ReportSource } from '../report-source.ts'

/** How large the installed package is: its own regular files. */
export interface SizeReport {
  files: number
  bytes: number
  /** The first by path among equals. */
  largest: { path: string; bytes: number } | null
}

export function reportSize({ packageDir }: ReportSource): SizeReport {
  const files = packageFiles(packageDir)
  let largest = files[0]
  for (const file of files) if (largest === undefined || file.bytes > largest.bytes) largest = file
  return {
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: largest === undefined ? null : { path: largest.path, bytes: largest.bytes },
  }
}
