import { mkdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { selfPaths } from './self.ts'

type Self = ReturnType<typeof selfPaths>

/**
 * This executable, and a folder in which it is called `jrctl`, as the commands of workers call it (`jrctl progress`). One that was
 * downloaded as `jrctl-0.1-x64` gets a link of that name in the state directory; workers of other accounts, who cannot enter there,
 * need one on their own PATH.
 */
export function namedSelf(stateDir: string, self: Self = selfPaths(), unique = String(process.pid)): Self {
  if (basename(self.path) === 'jrctl') return self
  const binDir = join(stateDir, 'bin')
  const link = join(binDir, 'jrctl')
  if (targetOf(link) !== self.path) {
    mkdirSync(binDir, { recursive: true, mode: 0o700 })
    const fresh = `${link}.${unique}`
    symlinkSync(self.path, fresh)
    // At once: a worker may look for it just now.
    renameSync(fresh, link)
  }
  return { ...self, binDir }
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link)
  } catch {
    return null
  }
}
