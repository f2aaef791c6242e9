import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LimitFacts, MemoryFacts } from '../../ports/machine-checkup.ts'

/** The limits of a process, of the cgroups it is in, and of the kernel. */
export async function examineLimits(pid: number, of: LimitFacts['of']): Promise<LimitFacts> {
  const own = limitsIn(await readFile(`/proc/${pid}/limits`, 'utf8'))
  const [cgroupPids, threads, inotifyInstances] = await Promise.all([
    pidsOf(await cgroupFolder(pid)),
    numberIn('/proc/sys/kernel/threads-max'),
    numberIn('/proc/sys/fs/inotify/max_user_instances'),
  ])
  return {
    of,
    openFiles: own.get('Max open files') ?? null,
    processes: own.get('Max processes') ?? null,
    cgroupPids,
    threads,
    inotifyInstances,
  }
}

/** What this machine has, and what the cgroups of a process leave of it. */
export async function examineMemory(pid: number): Promise<MemoryFacts> {
  const info = await readFile('/proc/meminfo', 'utf8')
  const kilobytes = Number(/^MemTotal:\s+(\d+) kB/m.exec(info)?.[1] ?? 0)
  const bounds: number[] = []
  for (const folder of ancestors(await cgroupFolder(pid))) {
    const bound = await numberIn(join(folder, 'memory.max'))
    if (bound !== null) bounds.push(bound)
  }
  return { totalBytes: kilobytes * 1024, cgroupBytes: bounds.length === 0 ? null : Math.min(...bounds) }
}

/** The soft limits of /proc/PID/limits by name, without those that are unlimited (proc_pid_limits(5)). */
export function limitsIn(text: string): Map<string, number> {
  const rows = text.matchAll(/^(Max [a-z ]+?)\s{2,}(\S+)/gm)
  return new Map(
    [...rows].flatMap(([, name = '', soft]) => (soft === 'unlimited' ? [] : [[name, Number(soft)]])),
  )
}

async function pidsOf(folder: string | null): Promise<LimitFacts['cgroupPids']> {
  for (const one of ancestors(folder)) {
    const max = await numberIn(join(one, 'pids.max'))
    if (max !== null) return { max, used: (await numberIn(join(one, 'pids.current'))) ?? 0 }
  }
  return null
}

const cgroupRoot = '/sys/fs/cgroup'

/** As the machine mounts cgroup v2; null: it does not. */
async function cgroupFolder(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')
  const path = /^0::(\/.*)$/m.exec(text)?.[1]
  return path === undefined || path.startsWith('/..') ? null : join(cgroupRoot, path)
}

function ancestors(folder: string | null): string[] {
  if (folder === null) return []
  return folder === cgroupRoot || folder === '/' ? [folder] : [folder, ...ancestors(dirname(folder))]
}

/** Null: no such file, or it says `max`. */
async function numberIn(path: string): Promise<number | null> {
  const text = (await readFile(path, 'utf8').catch(() => '')).trim()
  return /^\d+$/.test(text) ? Number(text) : null
}
