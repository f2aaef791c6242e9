import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { isSea } from 'node:sea'

/**
 * Lets V8 keep the compiled code of our bundle between runs (a fifth off a short command). The folder must be ours alone:
 * whoever can write there can make us run anything. Without such a folder, or a home of our own, there is no cache.
 */
export function useCompileCache(env: NodeJS.ProcessEnv): void {
  // A packaged executable has its compiled code inside.
  if (isSea()) return
  try {
    const folder = cacheFolder(env)
    if (folder !== undefined && isPrivate(folder)) enableCompileCache(folder)
  } catch {
    // A cache is never worth an error.
  }
}

function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const base = env['XDG_CACHE_HOME'] ?? (env['HOME'] ? join(env['HOME'], '.cache') : undefined)
  return base?.startsWith('/') ? join(base, 'jrctl', 'compile') : undefined
}

function isPrivate(folder: string): boolean {
  let stats = lstatSync(folder, { throwIfNoEntry: false })
  if (!stats) {
    // `sudo` with somebody else's HOME must leave nothing of root's there.
    const home = lstatSync(dirname(dirname(dirname(folder))), { throwIfNoEntry: false })
    if (home?.uid !== process.getuid?.()) return false
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    stats = lstatSync(folder)
  }
  return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0
}
