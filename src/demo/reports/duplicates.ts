import { join } from 'node:path'
import { installedPackages, packageNameOf } from '../lock-file.ts'
import { readManifest } from '../manifest.ts'
import type { ReportSource } from '../report-source.ts'

/** Which versions of one name are installed, and where. */
export interface DuplicatesReport {
  name: string
  /** Folders by version, as their manifests say, not as the lock file does. */
  versions: { [version: string]: string[] }
  copies: number
  /** More than one version: more to load, more to patch. */
  duplicated: boolean
}

export function reportDuplicates({ projectDir, lock, request }: ReportSource): DuplicatesReport {
  const name = request.package
  const folders = installedPackages(projectDir, lock)
    .map(([path]) => path)
    .filter((path) => packageNameOf(path) === name)
  const versions: DuplicatesReport['versions'] = {}
  for (const path of folders) {
    const { version: own } = readManifest(join(projectDir, path))
    const version = typeof own === 'string' ? own : 'unknown'
    versions[version] = [...(versions[version] ?? []), path]
  }
  return { name, versions, copies: folders.length, duplicated: Object.keys(versions).length > 1 }
}
