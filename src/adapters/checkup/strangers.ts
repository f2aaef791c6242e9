import { readdir, readFile, stat } from 'node:fs/promises'
import { sanitize } from '../../domain/sanitize.ts'
import type { StrangerFacts } from '../../ports/machine-checkup.ts'

const names = '(^|/)jr[_-](queue[_-]worker|orchestrator|auto[_-]assigner|health[_-]monitor)'
/** Programs of fleets before us, as their deployments start them. */
const oldPrograms = new RegExp(`${names}(\\.(py|sh|js))?$`)
/** Given to an interpreter; without an ending it is what somebody looks for. */
const oldScripts = new RegExp(`${names}\\.(py|sh|js)$`)
const interpreters = /(^|\/)(python[\d.]*|sh|bash|dash|node)$/
const commandMax = 160
/** Program, script and the Jr; what follows may be a secret. */
const wordsTold = 3
/** More would not be read by anybody. */
const toldMax = 20

/**
 * Processes that look like an older fleet's, none of which our daemon has started: those carry its variable.
 */
export async function examineStrangers(): Promise<StrangerFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(strangerOf))
  return found.filter((one) => one !== null).slice(0, toldMax)
}

async function strangerOf(pid: number): Promise<StrangerFacts | null> {
  const words = (await read(`/proc/${pid}/cmdline`)).split('\0').filter(Boolean)
  if (!isOldFleet(words)) return null
  if (/(^|\0)JR_ORCHESTRATED=1(\0|$)/.test(await read(`/proc/${pid}/environ`))) return null
  const uid = await stat(`/proc/${pid}`).then(
    (found) => found.uid,
    () => null,
  )
  return uid === null
    ? null
    : { pid, uid, command: sanitize(words.slice(0, wordsTold).join(' '), { lengthMax: commandMax }) }
}

/** Whether the program, or the script that it was given first, is one of theirs. */
export function isOldFleet(words: readonly string[]): boolean {
  const [program = '', ...rest] = words
  const script = rest.find((word) => !word.startsWith('-')) ?? ''
  return oldPrograms.test(program) || (interpreters.test(program) && oldScripts.test(script))
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
