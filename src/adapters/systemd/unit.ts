import { readFileSync } from 'node:fs'

/** The systemd unit that a process belongs to; null: to none, or there is no such process. */
export function unitOf(pid: number): string | null {
  try {
    return unitIn(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))
  } catch {
    return null
  }
}

/** The unit in the text of /proc/PID/cgroup (cgroups(7)), the innermost where one is within another; null: in none. */
export function unitIn(cgroup: string): string | null {
  const units = cgroup.match(/(?<=\/)[^/\n]+\.service(?=\/|\n|$)/g)
  return units?.at(-1) ?? null
}
