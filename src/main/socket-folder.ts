import { lstatSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { OperationalError } from '../errors.ts'
import { makePrivateFolder } from '../system/private-folder.ts'

/**
 * Makes the folder of a socket when it is missing, for us alone. In /tmp nobody else may have a hand in it or in what leads to
 * it: anybody may have made it, to stand between the daemon and its commands.
 * @throws OperationalError `api.folder`
 */
export function prepareSocketFolder(socketPath: string, uid: number): void {
  // Before it is made too: else ours would lie in a stranger's.
  for (const isThere of [false, true]) {
    if (isThere) makePrivateFolder(dirname(socketPath))
    const fault = socketFolderFault(socketPath, uid)
    if (fault !== null)
      throw new OperationalError(fault.problem, { code: 'api.folder', retryable: false, hint: fault.remedy })
  }
}

export interface FolderFault {
  problem: string
  remedy: string
  /** It may be as it should, and this account cannot tell. */
  isUnseen?: true
}

/** What forbids to listen there, as things stand; null: nothing. Changes nothing. */
export function socketFolderFault(socketPath: string, uid: number): FolderFault | null {
  const folder = dirname(socketPath)
  if (!folder.startsWith('/tmp/')) return null
  for (const path of foldersBelowTmp(folder)) {
    const fault = faultOf(path, { isLast: path === folder, uid })
    if (fault !== null)
      return { ...fault, problem: `the API's socket cannot be in ${folder}: ${fault.problem}` }
  }
  return null
}

/** The same for those who ask before a daemon starts, in a sentence; none: all is well. */
export function socketFolderWarnings(socketPath: string, uid: number): string[] {
  const fault = socketFolderFault(socketPath, uid)
  return fault === null || fault.isUnseen === true
    ? []
    : [`no daemon could start: ${fault.problem}; ${fault.remedy}`]
}

/** `/tmp/a/b`: `/tmp/a`, `/tmp/a/b`. */
function foldersBelowTmp(folder: string): string[] {
  const names = folder.slice('/tmp/'.length).split('/')
  return names.map((_, index) => join('/tmp', ...names.slice(0, index + 1)))
}

const elsewhere = 'Choose another place: [api] socket = "…".'

/** Read and entered by others it may be: the socket itself is ours alone. A sticky folder keeps what is in it to its owner. */
function faultOf(path: string, { isLast, uid }: { isLast: boolean; uid: number }): FolderFault | null {
  const stats = look(path)
  if (stats === undefined) return null
  if (stats === 'closed')
    return {
      problem: `this account may not look at ${path}`,
      remedy: elsewhere,
      isUnseen: true,
    }
  if (!stats.isDirectory()) return { problem: `${path} is no folder of its own`, remedy: elsewhere }
  const isSafeOwner = stats.uid === uid || (!isLast && stats.uid === 0)
  if (!isSafeOwner) return { problem: `${path} belongs to user ${stats.uid}`, remedy: elsewhere }
  const isSticky = !isLast && (stats.mode & 0o1000) !== 0
  if ((stats.mode & 0o022) === 0 || isSticky) return null
  const remedy = stats.uid === uid ? `Take that right from them: chmod go-w ${path}` : elsewhere
  return { problem: `others may write in ${path}`, remedy }
}

function look(path: string): Stats | 'closed' | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'closed'
    throw error
  }
}
