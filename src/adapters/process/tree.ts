import type { ProcessIdentity } from '../../ports/process-host.ts'
import type { ProcEntry } from './proc.ts'

/**
 * The living processes of a tree: all that carry its mark; while its leader is proven, its session too (a program may
 * overwrite its environment with its title); and the descendants of all these (one may have been started with a clean
 * environment). A session whose leader is gone proves nothing: its number may belong to somebody else by now.
 *
 * @param ownPid never part of a tree: we do not signal ourselves
 */
export function treeOf(
  entries: readonly ProcEntry[],
  identity: ProcessIdentity,
  ownPid: number,
): ProcEntry[] {
  const leader = entries.find((entry) => isLeader(entry, identity))
  const members = new Map<number, ProcEntry>()
  const children = childrenByParent(entries)
  const queue = entries.filter(
    (entry) => entry.mark === identity.mark || (leader !== undefined && entry.session === leader.pid),
  )
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    if (entry.pid === ownPid || members.has(entry.pid)) continue
    members.set(entry.pid, entry)
    queue.push(...(children.get(entry.pid) ?? []))
  }
  return [...members.values()].filter((entry) => !entry.zombie)
}

/** The very process of this identity, alive. */
export function isLeader(entry: ProcEntry, identity: ProcessIdentity): boolean {
  return (
    entry.pid === identity.pid &&
    entry.startTime === identity.startTime &&
    entry.mark === identity.mark &&
    !entry.zombie
  )
}

function childrenByParent(entries: readonly ProcEntry[]): Map<number, ProcEntry[]> {
  const children = new Map<number, ProcEntry[]>()
  for (const entry of entries) {
    const siblings = children.get(entry.ppid)
    if (siblings === undefined) children.set(entry.ppid, [entry])
    else siblings.push(entry)
  }
  return children
}
