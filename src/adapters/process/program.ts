import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, resolve } from 'node:path'
import { OperationalError } from '../../errors.ts'

/** What execvp(3) searches when PATH is not set. */
const defaultPath = '/usr/bin:/bin'

/**
 * The absolute path of a program, found as execvp(3) would: a name with a slash from `cwd`, any other in `path`.
 * Throws OperationalError `process.missing` or `process.not_executable`.
 */
export async function findProgram(name: string, cwd: string, path: string | undefined): Promise<string> {
  const searched = path ?? defaultPath
  const folders = searched.split(delimiter).map((folder) => resolve(cwd, folder))
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : name === ''
      ? []
      : folders.map((folder) => `${folder}/${name}`)
  let present: string | undefined
  for (const candidate of candidates) {
    const verdict = await look(candidate)
    if (verdict === 'executable') return candidate
    if (verdict === 'present') present ??= candidate
  }
  if (present !== undefined) throw notExecutable(name, present)
  throw missing(name, name.includes('/') ? null : searched)
}

/** Both questions at once: each is a way through the thread pool, and a restart waits for it. */
async function look(path: string): Promise<'executable' | 'present' | 'absent'> {
  const [isFile, isExecutable] = await Promise.all([
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    ),
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    ),
  ])
  if (!isFile) return 'absent'
  return isExecutable ? 'executable' : 'present'
}

function missing(name: string, searched: string | null): OperationalError {
  const where = searched === null ? '' : `, looked in PATH ${searched}`
  return new OperationalError(`no such program: ${name === '' ? '(empty name)' : name}${where}`, {
    code: 'process.missing',
    retryable: true,
    hint: 'install it, correct the command of this worker, or pass its folder in env.PATH',
  })
}

function notExecutable(name: string, path: string): OperationalError {
  return new OperationalError(`${name} is not executable: ${path}`, {
    code: 'process.not_executable',
    retryable: true,
    hint: `chmod +x ${path}, or name its interpreter first in the command`,
  })
}
