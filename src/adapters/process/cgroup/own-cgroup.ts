import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/**
 * Where the daemon itself goes when controllers are wanted: a cgroup that hands them on may hold no process (cgroups(7)).
 * What the installed unit names in DelegateSubgroup.
 */
export const daemonLeaf = 'jrctl-daemon'

/** The cgroup v2 folder below which ours are made. */
export interface OwnCgroup {
  path: string
  /**
   * Controllers may be handed on to those below it. Not in a service whose processes systemd puts into the very cgroup: were it
   * to hand on controllers while workers live on in it, systemd could not start the next daemon there.
   */
  mayHandOn: boolean
}

/**
 * Our own cgroup v2, when we may make others below it; null when not. Under systemd that is a service's (its unit says
 * Delegate=yes), never a login session's, a scope's or a slice's, which systemd manages itself. In a container it is what
 * the container was given.
 */
export function findOwnCgroup(): OwnCgroup | null {
  try {
    const own = ownFolder(
      readFileSync('/proc/self/cgroup', 'utf8'),
      readFileSync('/proc/self/mountinfo', 'utf8'),
    )
    if (own === null || !holdsUs(own)) return null
    const isInLeaf = basename(own) === daemonLeaf
    const path = isInLeaf ? dirname(own) : own
    const hasSystemd = existsSync('/run/systemd/system')
    if (hasSystemd && !path.endsWith('.service')) return null
    for (const file of ['', 'cgroup.procs']) accessSync(join(path, file), constants.W_OK)
    return { path, mayHandOn: isInLeaf || !hasSystemd }
  } catch {
    return null
  }
}

/** Where the mounts show the cgroup v2 that /proc/self/cgroup names; null without a v2 hierarchy. Pure. */
export function ownFolder(cgroups: string, mountinfo: string): string | null {
  const own = /^0::(\/.*)$/m.exec(cgroups)?.[1]
  // One outside of our cgroup namespace is shown with dots, and its folder is not for us to see.
  if (own === undefined || own.startsWith('/..')) return null
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    if (!after.startsWith('cgroup2 ')) continue
    const [, , , root = '/', point = ''] = before.split(' ').map(unescaped)
    const below = relative(root, own)
    if (below !== '..' && !below.startsWith('../')) return join(point, below)
  }
  return null
}

/** Proof that the folder is the one: another mount or namespace would show another's. */
function holdsUs(folder: string): boolean {
  return readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n').includes(String(process.pid))
}

/** Spaces and such are octal in mountinfo. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
