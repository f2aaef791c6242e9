import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { daemonLeaf, ownFolder } from '../../adapters/process/cgroup/own-cgroup.ts'
import type { CgroupFacts } from '../../ports/machine-checkup.ts'

/** Whether a process may make cgroups for its workers: the rules of `findOwnCgroup`, asked of another process. */
export async function seeCgroup({ pid, of }: { pid: number; of: CgroupFacts['of'] }): Promise<CgroupFacts> {
  const [cgroups, mounts] = await Promise.all(
    ['cgroup', 'mountinfo'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  )
  const own = ownFolder(cgroups ?? '', mounts ?? '')
  if (own === null) return { of, path: null, delegated: false, controllers: [], mayHandOn: false }
  const isInLeaf = basename(own) === daemonLeaf
  const path = isInLeaf ? dirname(own) : own
  const controllers = await readFile(join(path, 'cgroup.controllers'), 'utf8').catch(() => '')
  return {
    of,
    path,
    delegated: (await isManagedByUs(path)) && (await isWritable(path)),
    controllers: controllers.trim().split(/\s+/).filter(Boolean),
    mayHandOn: isInLeaf || !(await hasSystemd()),
  }
}

/** Where systemd runs, it manages all but what a service's unit has delegated. */
async function isManagedByUs(path: string): Promise<boolean> {
  return !(await hasSystemd()) || path.endsWith('.service')
}

function hasSystemd(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  )
}

async function isWritable(path: string): Promise<boolean> {
  return Promise.all([path, join(path, 'cgroup.procs')].map((file) => access(file, constants.W_OK))).then(
    () => true,
    () => false,
  )
}
