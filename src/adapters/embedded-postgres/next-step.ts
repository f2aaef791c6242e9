import { readFileSync } from 'node:fs'
import { layoutOf } from './layout.ts'
import { parsePostmasterFile, postmasterFilePath } from './postmaster-file.ts'

/** What the kernel says of a process that answers nobody, and what helps; any other state: it is busy, or hangs in itself. */
const standstills: Readonly<Record<string, (pid: number) => string>> = {
  T: (pid) => `It is stopped by a signal; let it go on: kill -CONT ${pid}.`,
  t: (pid) => `It is stopped by a debugger; let that one go: see TracerPid in /proc/${pid}/status.`,
  D: () => 'It waits for its disk; look at the disk of the state directory.',
}

/**
 * What to do when the embedded server of this state directory does not answer. Asked anew each time: after a revival it has
 * another pid. Two small files are read at once, which only an error is worth.
 */
export function embeddedNextStep(stateDir: string): string {
  const { dataDir, logFile } = layoutOf(stateDir)
  const pid = parsePostmasterFile(textOf(postmasterFilePath(dataDir)))?.pid ?? null
  const state = pid === null ? null : stateOf(textOf(`/proc/${pid}/stat`))
  if (pid === null || state === null)
    return `This database is jrctl's own and does not run any more: the daemon starts it again (jrctl daemon). Its log: ${logFile}`
  const seen = standstills[state]?.(pid)
  const first = `This database is jrctl's own, pid ${pid}; its log: ${logFile}.`
  const last = 'If it stays so, stop the daemon and start it again, which ends and starts this server too.'
  return [first, ...(seen === undefined ? [] : [seen]), last].join(' ')
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The letter after the name, which stands in parentheses and may hold any itself; null: there is no such process, or only its remains. */
function stateOf(stat: string): string | null {
  const state = stat.slice(stat.lastIndexOf(')') + 2).charAt(0)
  return state === '' || state === 'Z' || state === 'X' ? null : state
}
