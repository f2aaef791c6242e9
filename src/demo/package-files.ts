import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface PackageFile {
  /** Relative to the package. */
  path: string
  bytes: number
  executable: boolean
}

/** A package of more files is not walked to its end: no package comes near, a link loop cannot arise. */
const filesMax = 200_000

/**
 * The regular files of a package, sorted by path. Links are not followed and not counted; packages nested in its own
 * node_modules are packages of their own.
 */
export function packageFiles(packageDir: string): PackageFile[] {
  const files: PackageFile[] = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined && files.length < filesMax; folder = folders.pop()) {
    for (const entry of readdirSync(join(packageDir, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && path !== 'node_modules') folders.push(path)
      if (entry.isFile()) files.push(fileAt(packageDir, path))
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function fileAt(packageDir: string, path: string): PackageFile {
  const stat = lstatSync(join(packageDir, path))
  return { path, bytes: stat.size, executable: (stat.mode & 0o111) !== 0 }
}
