import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Which of these programs this machine does not have. */
export function lacking(programs: readonly string[]): string[] {
  const folders = (process.env['PATH'] ?? '').split(':')
  return programs.filter((program) => !folders.some((folder) => isProgram(join(folder, program))))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
