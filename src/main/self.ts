import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { existsSync } from 'node:fs'
import { isSea } from 'node:sea'
import { BugError } from '../errors.ts'

/** How far the launcher may be above the file that asks: dist/chunks/x.js and src/main/x.ts are the deepest. */
const levelsMax = 3

/** The jrctl executable that this program was started by, and its folder. */
export function selfPaths(): { path: string; binDir: string } {
  if (isSea()) return { path: process.execPath, binDir: dirname(process.execPath) }
  let folder = dirname(fileURLToPath(import.meta.url))
  for (let level = 0; level < levelsMax; level++) {
    folder = dirname(folder)
    const path = join(folder, 'bin', 'jrctl')
    if (existsSync(path)) return { path, binDir: dirname(path) }
  }
  throw new BugError(`no bin/jrctl near ${import.meta.url}`)
}
