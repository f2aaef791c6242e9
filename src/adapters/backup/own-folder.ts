import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * Makes a folder for us alone (0700) and for as long as this process lives, and removes those of the same kind that a killed process
 * of this machine left beside it.
 * @param prefix what kind of folder it is, without a dot in it but the first
 */
export async function openOwnFolder(parent: string, prefix: string): Promise<string> {
  const kind = `${prefix}.${hostname()}.`
  await removeAbandoned(parent, kind)
  return mkdtemp(join(parent, `${kind}${process.pid}.`))
}

/**
 * Their names tell whose they are: a process of this machine that is no more, and of our own account. A link that somebody planted
 * under such a name is not followed.
 */
async function removeAbandoned(parent: string, kind: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(kind))
  for (const name of names) {
    const pid = Number(name.slice(kind.length).split('.')[0])
    const folder = join(parent, name)
    const found = await lstat(folder).catch(() => null)
    if (!Number.isInteger(pid) || found?.isDirectory() !== true || found.uid !== process.geteuid?.()) continue
    if (await lives(pid)) continue
    await rm(folder, { recursive: true, force: true })
  }
}

async function lives(pid: number): Promise<boolean> {
  return lstat(`/proc/${pid}`).then(
    () => true,
    () => false,
  )
}
