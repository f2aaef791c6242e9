import { OperationalError } from '../../errors.ts'

/** The file is no backup at all. */
export function notABackup(file: string): OperationalError {
  return new OperationalError(`${file} is not a backup of jrctl`, {
    code: 'backup.foreign',
    retryable: false,
    hint: 'Name a file that `jrctl backup` wrote.',
  })
}

/** It is one, and not as it was written. */
export function damaged(file: string, how: string, cause?: unknown): OperationalError {
  return new OperationalError(`${file} is damaged: ${how}`, {
    code: 'backup.damaged',
    retryable: false,
    hint: 'Nothing was changed. Take another backup, or another copy of this one.',
    cause,
  })
}

export function cutShort(file: string, how: string): OperationalError {
  return new OperationalError(`${file} is cut short: ${how}`, {
    code: 'backup.damaged',
    retryable: false,
    hint: 'Nothing was changed. It was copied in part, or its disk was full: take another copy of it.',
  })
}

export function newerFormat(file: string, format: number, version: string): OperationalError {
  return new OperationalError(
    `${file} was written by jrctl ${version}, in format ${format}, which this one does not know`,
    { code: 'backup.newer', retryable: false, hint: `Use jrctl ${version} or a later one.` },
  )
}
