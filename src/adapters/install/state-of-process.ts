import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { variableIn } from '../../system/environ.ts'

const lockName = '/daemon.lock'
const dataName = '/postgres/data'

/**
 * With which state directory a living process of a fleet works: a worker is told by its environment, a daemon holds its lock there, the
 * embedded database stands in its data. Null: none of them tells, or it may not be looked into.
 */
export function stateDirOf(pid: number): string | null {
  try {
    const environ = readFileSync(`/proc/${pid}/environ`, 'utf8')
    const lock = openFiles(pid).find((path) => path.endsWith(lockName))
    if (lock !== undefined) return dirname(lock)
    const told = variableIn(environ, 'JRCTL_STATE_DIR')
    if (told !== null && told !== '') return told
    const cwd = readlinkSync(`/proc/${pid}/cwd`)
    return cwd.endsWith(dataName) ? cwd.slice(0, -dataName.length) : null
  } catch {
    return null
  }
}

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      // Closed meanwhile.
      return []
    }
  })
}
