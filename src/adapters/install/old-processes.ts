import { readdirSync, readFileSync } from 'node:fs'
import type { OldProcess } from '../../domain/install/old-fleet.ts'
import type { Clock } from '../../ports/clock.ts'

/** What a process is, and the way to end the very one that was seen: by whoever knows processes well. */
export interface ProcessAccess {
  stat(pid: number): { startTime: number; ppid: number; isKernel: boolean; zombie: boolean } | undefined
  /** Random, in the environment of each worker that a daemon of ours has started; null: it is none. */
  mark(pid: number): string | null
  /** The innermost systemd unit that it runs in. */
  unitOf(pid: number): string | null
  /** False when it is gone, or is another by now. */
  signal(seen: { pid: number; startTime: number }, signal: 'SIGTERM' | 'SIGKILL'): boolean
  ticksPerSecond: number
  nameOf(uid: number): string
}

/** They hold the sessions of people and of cron, and start nothing again that was ended. */
const sessionHost =
  /^(?:user@\d+|crond?|anacron|sshd?(?:@.*)?|atd|(?:serial-)?getty@.*|console-getty|[a-z]+dm\d?|docker|containerd)\.service$/
const commandCharactersMax = 4096

/**
 * Processes whose command line contains one of the texts: not ourselves nor those that started us, not the kernel's, and nobody that a
 * daemon of ours runs.
 * @param ours Names of units of ours; what runs in them is none of an old fleet.
 */
export function findOldProcesses(
  texts: readonly string[],
  access: ProcessAccess,
  options: { ownPid: number; isOurs: (unit: string) => boolean },
): OldProcess[] {
  const spared = new Set([1, ...lineOf(options.ownPid, access)])
  const uptimeMs = readUptimeMs()
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0 && !spared.has(pid))
    .flatMap((pid): OldProcess[] => {
      const commandLine = commandLineOf(pid)
      if (!texts.some((text) => commandLine.includes(text))) return []
      const stat = access.stat(pid)
      if (stat === undefined || stat.isKernel || stat.zombie || access.mark(pid) !== null) return []
      const unit = access.unitOf(pid)
      if (unit !== null && options.isOurs(unit)) return []
      return [
        {
          pid,
          startTime: stat.startTime,
          user: access.nameOf(uidOf(pid)),
          ageMs: Math.max(0, uptimeMs - (stat.startTime * 1000) / access.ticksPerSecond),
          commandLine,
          unit: unit === null || sessionHost.test(unit) ? null : unit,
        },
      ]
    })
}

export interface EndOptions {
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
  clock: Clock
}

/** The kernel tells of the end of other people's children to nobody, so it is looked for. */
const lookEveryMs = 100
/** What was killed is gone at once, unless it hangs in the kernel. */
const killedMs = 5_000

/** Ends processes, whoever will not by force. Answers those that were forced, and those that are still there. */
export async function endOldProcesses(
  processes: readonly OldProcess[],
  access: ProcessAccess,
  { graceMs, clock }: EndOptions,
): Promise<{ forced: OldProcess[]; left: OldProcess[] }> {
  const alive = (some: readonly OldProcess[]) => some.filter((one) => isStill(one, access))
  for (const one of processes) access.signal(one, 'SIGTERM')
  const forced = await whoStays(processes, graceMs, alive, clock)
  for (const one of forced) access.signal(one, 'SIGKILL')
  return { forced, left: await whoStays(forced, killedMs, alive, clock) }
}

async function whoStays(
  processes: readonly OldProcess[],
  limitMs: number,
  alive: (some: readonly OldProcess[]) => OldProcess[],
  clock: Clock,
): Promise<OldProcess[]> {
  const untilMs = clock.monotonicMs() + limitMs
  let left = alive(processes)
  while (left.length > 0 && clock.monotonicMs() < untilMs) {
    await clock.sleep(lookEveryMs)
    left = alive(left)
  }
  return left
}

function isStill({ pid, startTime }: OldProcess, access: ProcessAccess): boolean {
  const now = access.stat(pid)
  return now !== undefined && now.startTime === startTime && !now.zombie
}

/** A process and all that it descends from. */
function lineOf(pid: number, access: ProcessAccess): number[] {
  const line: number[] = []
  for (let at = pid; at > 0 && line.length < ancestorsMax; at = access.stat(at)?.ppid ?? 0) line.push(at)
  return line
}

const ancestorsMax = 1_000

function commandLineOf(pid: number): string {
  return read(`${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, commandCharactersMax)
}

function uidOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(read(`${pid}/status`))?.[1] ?? -1)
}

function readUptimeMs(): number {
  return Number.parseFloat(read('uptime')) * 1000
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}
