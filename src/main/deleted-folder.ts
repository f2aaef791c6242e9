import { OperationalError } from '../errors.ts'

/**
 * The folder that we were called in. Empty where it was deleted, in which a shell stays nevertheless: whoever needs no file is
 * answered all the same. Who resolves a path against it meets the system's own refusal, which `worded` tells.
 */
export function folderIfThere(process: Pick<NodeJS.Process, 'cwd'>): string {
  try {
    return process.cwd()
  } catch {
    return ''
  }
}

/** The same for whoever cannot do without. @throws OperationalError system.no_folder */
export function currentFolder(process: Pick<NodeJS.Process, 'cwd'>): string {
  try {
    return process.cwd()
  } catch (error) {
    throw worded(error)
  }
}

/** Node's refusal to resolve a path in a folder that is no more, in words for people; everything else as it is. */
export function worded(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'uv_cwd') return error
  return new OperationalError('the folder you are in was deleted', {
    code: 'system.no_folder',
    retryable: false,
    hint: 'Go to one that is there, such as: cd',
    cause: error,
  })
}
