import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The file that `program` names, as execvp(3) looks for it along `path`; undefined when there is none that may be run. */
export async function findProgram(program: string, path: string | undefined): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [program]
    : (path ?? '/usr/local/bin:/usr/bin:/bin').split(':').map((folder) => join(folder, program))
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
