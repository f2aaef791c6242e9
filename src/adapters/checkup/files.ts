import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import type { FileFacts } from '../../ports/machine-checkup.ts'

const permissionBits = 0o7777

/** Who may get at these files. One that may not be seen counts as not there. */
export function examineFiles(files: readonly Omit<FileFacts, 'found'>[]): Promise<FileFacts[]> {
  return Promise.all(files.map(async (file) => ({ ...file, found: await seen(file.path) })))
}

async function seen(path: string): Promise<FileFacts['found']> {
  const found = await stat(path).catch(() => null)
  if (found === null) return null
  const readable = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
  return { uid: found.uid, mode: found.mode & permissionBits, readable }
}
