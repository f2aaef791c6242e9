import { messageOf, OperationalError } from '../../errors.ts'

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'no room is left on its disk',
  EDQUOT: 'the quota of its disk is used up',
  EROFS: 'its disk is read-only',
  EACCES: 'we may not write there',
  EPERM: 'we may not write there',
  ENOTDIR: 'a part of the way there is a file, and no folder',
  EISDIR: 'a folder is there',
  ETXTBSY: 'it is running',
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room, then run this again: it goes on where it was cut off.',
  EROFS: 'Mount it writable, then run this again.',
  EACCES: 'Run this as root (sudo), or with --user.',
  EPERM: 'Run this as root (sudo), or with --user.',
}

/** What went wrong with a file of the installation, in words. */
export function fileFailure(what: string, path: string, error: unknown): OperationalError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return new OperationalError(`cannot ${what} ${path}: ${words[code] ?? messageOf(error)}`, {
    code: 'install.files',
    retryable: false,
    hint: hints[code] ?? 'See to it, then run this again: it goes on where it was cut off.',
    cause: error,
  })
}
