import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ensurePrivateDirectory } from '../adapters/sqlite/private-path.ts'
import { OperationalError } from '../errors.ts'

/**
 * Makes the demo's state directory, or finds it to be ours, before anything is written in it: what is somebody else's stays as
 * it is. Throws OperationalError `demo.folder`, `state.forbidden`.
 */
export function claimDemoState(stateDir: string): void {
  const standing = nearest(stateDir)
  try {
    accessSync(standing, constants.W_OK)
  } catch (error) {
    throw new OperationalError(`the demo cannot keep its state in ${stateDir}: ${wordsOf(error, standing)}`, {
      code: 'demo.folder',
      retryable: false,
      hint: 'Start it in a folder that you may write in, or name one: jrctl demo --state-dir FOLDER',
    })
  }
  ensurePrivateDirectory(stateDir)
}

/** The folder itself, or the one above in which it is to be made. */
function nearest(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : nearest(dirname(path))
}

function wordsOf(error: unknown, folder: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EROFS') return `${folder} is on a disk that is mounted read-only`
  return code === 'EACCES' ? `you may not write in ${folder}` : message
}
