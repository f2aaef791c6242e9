import { readFileSync } from 'node:fs'
import { parseEnvironmentFile } from '../domain/install/environment-file.ts'
import { UserError } from '../errors.ts'

/** Names a file of variables, as EnvironmentFile= does for a unit: for cron, which has nothing of the kind. */
export const environmentFileVariable = 'JRCTL_ENVIRONMENT_FILE'

/** Takes the file's variables into the environment. One that is not there says nothing. @throws UserError when it may not be read */
export function takeEnvironmentFile(env: NodeJS.ProcessEnv): void {
  const path = env[environmentFileVariable] ?? ''
  // Of who runs this, and not of what that starts.
  delete env[environmentFileVariable]
  if (path !== '') Object.assign(env, parseEnvironmentFile(textOf(path)))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new UserError(`${path}, which ${environmentFileVariable} names, cannot be read (${code})`, {
      hint: 'What cron starts runs as its account, which must own the file: chown ACCOUNT, chmod 0600.',
    })
  }
}
