import { readdirSync, readFileSync } from 'node:fs'
import {
  commandsOf,
  fleetAmong,
  isInUnit,
  type LeftProcess,
  type SeenProcess,
} from '../../domain/install/left-running.ts'
import type { Clock } from '../../ports/clock.ts'
import { variableIn } from '../../system/environ.ts'

/** What is known of processes by whoever knows them well. */
export interface FleetAccess {
  stat(pid: number): { ppid: number; startTime: number; isKernel: boolean; zombie: boolean } | undefined
  markIn(environ: string): string | null
  dye(pid: number): number | null
  dyeOf(mark: string): number
  signal(seen: { pid: number; startTime: number }, signal: NodeJS.Signals): boolean
}

export interface FleetWhere {
  unit: string
  /** Whose manager runs the unit. */
  owner: { uid: number } | 'system'
  sockets: readonly string[]
  ownPid: number
}

/** All living processes of a fleet, whether or not a daemon is above them; not ourselves nor those that started us. */
export function findFleet(where: FleetWhere, access: FleetAccess): LeftProcess[] {
  const all = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 1)
    .flatMap((pid) => seen(pid, where, access))
  const parents = new Map(all.map(({ pid, ppid }) => [pid, ppid]))
  const spared = new Set<number>()
  for (let pid = where.ownPid; pid > 1 && !spared.has(pid); pid = parents.get(pid) ?? 0) spared.add(pid)
  return fleetAmong(all, { sockets: where.sockets, spared, dyeOf: (mark) => access.dyeOf(mark) })
}

function seen(pid: number, { unit, owner }: FleetWhere, access: FleetAccess): SeenProcess[] {
  const stat = access.stat(pid)
  if (stat === undefined || stat.isKernel || stat.zombie) return []
  const environ = read(`${pid}/environ`)
  return [
    {
      pid,
      ppid: stat.ppid,
      startTime: stat.startTime,
      name: read(`${pid}/comm`).trim(),
      mark: access.markIn(environ),
      dye: access.dye(pid),
      socket: variableIn(environ, 'JRCTL_SOCKET'),
      inUnit: isInUnit(read(`${pid}/cgroup`), unit, owner),
    },
  ]
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

export interface FleetEnding {
  look(): LeftProcess[]
  access: Pick<FleetAccess, 'signal'>
  /** How long a worker that was asked to end may take. */
  graceMs: number
  clock: Clock
}

/** The kernel tells of the end of other people's children to nobody, so it is looked for. */
const lookEveryMs = 200
/** For what a worker left behind when it ended, and for what is killed; who forks meanwhile is found by the next look. */
const restMs = 5_000

/** Asks workers to end, then all of their trees, then ends these by force. */
export async function endWorkers(ending: FleetEnding): Promise<void> {
  const workers = () => ending.look().filter(({ part }) => part === 'worker')
  await endInSteps(workers, ending, [
    { whom: commandsOf, signal: 'SIGTERM', withinMs: ending.graceMs },
    { whom: (left) => left, signal: 'SIGTERM', withinMs: restMs },
  ])
}

/** Ends whatever there is: a daemon that hangs, helpers, what was none of the rest. */
export async function endRest(ending: FleetEnding): Promise<void> {
  await endInSteps(() => ending.look(), ending, [
    { whom: (left) => left, signal: 'SIGTERM', withinMs: restMs },
  ])
}

interface Step {
  whom: (left: LeftProcess[]) => LeftProcess[]
  signal: NodeJS.Signals
  withinMs: number
}

async function endInSteps(
  look: () => LeftProcess[],
  { access, clock }: FleetEnding,
  steps: readonly Step[],
): Promise<void> {
  for (const { whom, signal, withinMs } of steps) {
    const left = look()
    if (left.length === 0) return
    for (const one of whom(left)) access.signal(one, signal)
    await untilNone(look, withinMs, clock, () => {})
  }
  await untilNone(look, restMs, clock, (left) => {
    for (const one of left) access.signal(one, 'SIGKILL')
  })
}

async function untilNone(
  look: () => LeftProcess[],
  limitMs: number,
  clock: Clock,
  each: (left: LeftProcess[]) => void,
): Promise<void> {
  const untilMs = clock.monotonicMs() + limitMs
  for (let left = look(); left.length > 0 && clock.monotonicMs() < untilMs; left = look()) {
    each(left)
    await clock.sleep(lookEveryMs)
  }
}
