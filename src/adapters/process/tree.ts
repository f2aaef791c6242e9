import type { ProcessIdentity } from '../../ports/process-host.ts'
import { dyeOf } from './dye.ts'
import type { ProcEntry } from './proc.ts'
import type { ProcessSnapshot } from './process-snapshot.ts'

/**
 * The living processes of a tree: all that carry its mark or its dye; while its leader is proven, its session too (a
 * program may overwrite its environment with its title); and the descendants of all these. A session whose leader is gone
 * proves nothing: its number may belong to somebody else by now.
 *
 * @param ownPid never part of a tree: we do not signal ourselves
 */
export function treeOf(snapshot: ProcessSnapshot, identity: ProcessIdentity, ownPid: number): ProcEntry[] {
  const leader = leaderOf(snapshot, identity)
  const members = new Map<number, ProcEntry>()
  const queue = [
    ...snapshot.marked(identity.mark),
    ...snapshot.dyed(dyeOf(identity.mark)),
    ...(leader === undefined ? [] : snapshot.session(leader.pid)),
  ]
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    if (entry.pid === ownPid || members.has(entry.pid)) continue
    members.set(entry.pid, entry)
    queue.push(...snapshot.childrenOf(entry.pid))
  }
  return [...members.values()].filter((entry) => !entry.zombie)
}

/** The very process of this identity, alive. */
export function leaderOf(snapshot: ProcessSnapshot, identity: ProcessIdentity): ProcEntry | undefined {
  const entry = snapshot.at(identity.pid)
  const isSame = entry?.startTime === identity.startTime && !entry.zombie
  return isSame && isMarked(entry, identity.mark) ? entry : undefined
}

/** Either mark is proof: both come from one spawn of ours alone. */
export function isMarked(entry: Pick<ProcEntry, 'mark' | 'dye'>, mark: string): boolean {
  return entry.mark === mark || (entry.dye !== null && entry.dye === dyeOf(mark))
}
