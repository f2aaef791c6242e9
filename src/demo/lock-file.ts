import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What npm's lock file (version 3) holds about one installed folder. */
export interface LockedPackage {
  version: string
  license?: string
  deprecated?: string
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
  dev?: boolean
  optional?: boolean
  peer?: boolean
  link?: boolean
}

export interface LockFile {
  packages: Record<string, LockedPackage>
}

/** Reads the project's lock file. Throws when there is none that can be read. */
export function readLockFile(projectDir: string): LockFile {
  return JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8')) as LockFile
}

/** `node_modules/ink/node_modules/string-width` → `string-width`. */
export function packageNameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** The locked packages that are there: those for other platforms are locked but not installed. Sorted by path. */
export function installedPackages(
  projectDir: string,
  lock: LockFile,
): [path: string, locked: LockedPackage][] {
  return Object.entries(lock.packages)
    .filter(([path, locked]) => path !== '' && locked.link !== true)
    .filter(([path]) => existsSync(join(projectDir, path, 'package.json')))
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
