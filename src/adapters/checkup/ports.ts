import { readdir, readFile, readlink } from 'node:fs/promises'

/** Who listens on a TCP port of this machine. The parts are null that we may not see. */
export interface PortHolder {
  pid: number | null
  program: string | null
}

/** st of /proc/net/tcp for a socket that listens (TCP_LISTEN). */
const listening = '0A'

/** The holders of those of these ports that somebody listens on, by port. */
export async function findPortHolders(ports: readonly number[]): Promise<Map<number, PortHolder>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')),
  )
  const wanted = new Set(ports)
  const sockets = tables.flatMap(listenersIn).filter(({ port }) => wanted.has(port))
  if (sockets.length === 0) return new Map()
  const owners = await ownersOf(new Set(sockets.map(({ inode }) => inode)))
  return new Map(
    sockets.map(({ port, inode }) => [port, owners.get(inode) ?? { pid: null, program: null }] as const),
  )
}

/** Ports and inodes of the sockets that listen (proc_pid_net(5)). */
export function listenersIn(table: string): { port: number; inode: string }[] {
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const [, local = '', , state] = fields
    const port = Number.parseInt(local.split(':')[1] ?? '', 16)
    const inode = fields[9]
    return state === listening && Number.isInteger(port) && inode !== undefined ? [{ port, inode }] : []
  })
}

/** As far as we may look into processes: our own, and as root all. */
async function ownersOf(inodes: ReadonlySet<string>): Promise<Map<string, PortHolder>> {
  const found = new Map<string, PortHolder>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    if (found.size === inodes.size) break
    const descriptors = await readdir(`/proc/${name}/fd`).catch(() => [])
    const links = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${name}/fd/${fd}`).catch(() => '')),
    )
    for (const link of links) {
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1]
      if (inode !== undefined && inodes.has(inode))
        found.set(inode, { pid: Number(name), program: await nameOf(name) })
    }
  }
  return found
}

async function nameOf(pid: string): Promise<string | null> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
  return name.trim() || null
}
