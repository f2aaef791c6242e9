import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../../errors.ts'
import { readDye } from '../dye.ts'
import { readPpid } from '../proc.ts'
import { type OwnCgroup, daemonLeaf } from './own-cgroup.ts'

/** Those that bound what `limits` names. */
export type Controller = 'memory' | 'cpu'

/**
 * Makes the cgroup hand on the controllers, so that those below can be bounded. For that it may hold no process, so what is
 * ours in it moves to a leaf; what is not ours is left, and then the kernel refuses. Answers the controllers that now work
 * below, and what is in the way of the others. Only called when a worker has such a bound: who sets none keeps a cgroup that
 * nobody rearranged.
 */
export function handOn<Name extends string>(
  own: OwnCgroup,
  wanted: readonly Name[],
): { works: Set<Name>; problem: string | null } {
  const offered = wordsOf(join(own.path, 'cgroup.controllers'))
  const control = join(own.path, 'cgroup.subtree_control')
  const missing = wanted.filter((one) => offered.has(one) && !wordsOf(control).has(one))
  const problem = missing.length === 0 ? null : addTo(own, control, missing)
  const works = wordsOf(control)
  return { works: new Set(wanted.filter((one) => works.has(one))), problem }
}

function addTo(own: OwnCgroup, control: string, missing: readonly string[]): string | null {
  const inVain = `the kernel does not bound ${missing.join(' and ')} below ${own.path}`
  if (!own.mayHandOn) {
    return `${inVain}: its unit needs DelegateSubgroup=${daemonLeaf} (systemd 254 and later)`
  }
  try {
    moveAside(own)
    for (const one of missing) writeFileSync(control, `+${one}`)
    return null
  } catch (error) {
    return `${inVain}: ${messageOf(error)}`
  }
}

/** This process, what it started, and the shims of earlier daemons. */
function moveAside(own: OwnCgroup): void {
  const leaf = join(own.path, daemonLeaf)
  mkdirSync(leaf, { recursive: true })
  const pids = readFileSync(join(own.path, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number)
  const ours = pids.filter(
    (pid) => pid === process.pid || readPpid(pid) === process.pid || readDye(pid) !== null,
  )
  for (const pid of ours) moveTo(leaf, pid)
}

function moveTo(leaf: string, pid: number): void {
  try {
    writeFileSync(join(leaf, 'cgroup.procs'), String(pid))
  } catch (error) {
    // It may have ended meanwhile.
    if (readPpid(pid) !== null) throw error
  }
}

function wordsOf(path: string): Set<string> {
  return new Set(readFileSync(path, 'latin1').trim().split(/\s+/).filter(Boolean))
}
