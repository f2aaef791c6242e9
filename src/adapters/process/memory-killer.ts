import { readFileSync } from 'node:fs'

/** The cause of a SIGKILL that nobody of us sent, right after the kernel killed somebody for want of memory. */
export const shortOfMemory = 'probably by the kernel, which was short of memory'

/**
 * Tells whether the kernel's memory killer struck since it was last asked, in the whole machine: it leaves no other trace that an
 * ordinary account may read (proc_vmstat(5), oom_kill). What it did to others meanwhile makes the answer a guess.
 */
export class MemoryKiller {
  #kills = readKills()

  struck(): boolean {
    const kills = readKills()
    const hasStruck = kills > this.#kills
    this.#kills = kills
    return hasStruck
  }
}

function readKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
