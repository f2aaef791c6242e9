import type { CgroupFacts, FleetNeeds, LimitFacts, MemoryFacts } from '../../ports/machine-checkup.ts'
import { bytes, count, number } from '../../text/format.ts'
import { note, ok, warn, type Check } from './check.ts'

/** What a daemon has open by itself, and for each instance: its lifeline, its log, its requests. */
const openFilesAlone = 256
const openFilesEach = 16
/** An instance is a shim, a runner of some ten threads, and a command of perhaps as many. */
const processesAlone = 64
const processesEach = 32
/** Each reader of logs takes one, beside whatever else the account runs. */
const inotifyMin = 16

/** @param needs Null: the configuration does not say. */
export function judgeLimits(limits: LimitFacts, needs: FleetNeeds | null): Check[] {
  const instances = needs?.instances ?? 0
  const of = limits.of === 'daemon' ? 'the daemon' : 'a daemon started here'
  const files = openFilesAlone + openFilesEach * instances
  const processes = processesAlone + processesEach * instances
  const checks = [
    ...tooFew(limits.openFiles, files, `${of} may open`, 'files', 'LimitNOFILE= in its unit, or ulimit -n'),
    ...tooFew(
      limits.processes,
      processes,
      `the account of ${of} may have`,
      'processes and threads',
      'LimitNPROC= in its unit, or ulimit -u',
    ),
    ...tooFew(limits.threads, processes, 'this machine may have', 'threads', 'sysctl kernel.threads-max'),
    ...tooFew(
      roomOf(limits.cgroupPids),
      processes,
      `the cgroup of ${of} has room for`,
      'more processes and threads',
      'TasksMax= in its unit, or the limit of the container',
    ),
    ...tooFew(
      limits.inotifyInstances,
      inotifyMin,
      'an account may have',
      'inotify instances',
      'sysctl fs.inotify.max_user_instances',
    ),
  ]
  if (checks.length > 0) return checks
  const open = limits.openFiles === null ? 'any number of' : number(limits.openFiles)
  return [
    ok(
      'machine.limits',
      `${of} may open ${open} files; that and its processes are enough for ${count(instances, 'worker instance')}`,
    ),
  ]
}

function roomOf(pids: LimitFacts['cgroupPids']): number | null {
  return pids === null ? null : Math.max(0, pids.max - pids.used)
}

function tooFew(found: number | null, needed: number, who: string, what: string, remedy: string): Check[] {
  if (found === null || found >= needed) return []
  const text = `${who} ${number(found)} ${what}; for its workers some ${number(needed)} are wanted`
  return [warn('machine.limits', text, `Raise it: ${remedy}`)]
}

/** The workers' bounds against what there is. */
export function judgeFleetMemory(memory: MemoryFacts, needs: FleetNeeds | null): Check[] {
  const name = 'machine.fleet_memory'
  const has = Math.min(memory.totalBytes, memory.cgroupBytes ?? Number.POSITIVE_INFINITY)
  const where = has < memory.totalBytes ? 'our cgroup may take' : 'this machine has'
  if (needs === null) return [ok(name, `${where} ${bytes(has)}`)]
  const budget = needs.budgetBytes
  const checks: Check[] = []
  if (needs.memoryBytes > has)
    checks.push(
      warn(
        name,
        `the workers' bounds add up to ${bytes(needs.memoryBytes)}, and ${where} ${bytes(has)}`,
        'Lower limits.memory or instances of [[workers]], or let fewer run at a time.',
      ),
    )
  if (budget !== null && budget > has)
    checks.push(
      warn(
        name,
        `[memory] budget is ${bytes(budget)}, and ${where} ${bytes(has)}: it is never reached`,
        'Set [memory] budget below what there is.',
      ),
    )
  if (checks.length > 0) return checks
  const unbounded = needs.unbounded > 0 ? `, ${count(needs.unbounded, 'instance')} without a bound` : ''
  const bounds = needs.memoryBytes > 0 ? `; the workers' bounds add up to ${bytes(needs.memoryBytes)}` : ''
  return [ok(name, `${where} ${bytes(has)}${bounds}${unbounded}`)]
}

/** The controllers that keep a worker's limits. */
const kept = ['memory', 'cpu']

/** @param systemd Its version, as it says it itself; null: another runs this machine, or it was not asked. */
export function judgeCgroup(
  cgroup: CgroupFacts,
  needs: FleetNeeds | null,
  systemd: string | null = null,
): Check[] {
  const name = 'machine.cgroup'
  if (needs?.byUnits === true)
    return [ok(name, 'systemd runs each worker in a unit of its own, and keeps its limits there')]
  const bounded = needs?.bounded ?? []
  const whose = cgroup.of === 'daemon' ? 'the daemon' : 'a daemon started here'
  const lacking = kept.filter((controller) => !cgroup.controllers.includes(controller))
  const mayHandOn = cgroup.mayHandOn && lacking.length === 0
  if (cgroup.delegated && (mayHandOn || bounded.length === 0))
    return [ok(name, `${whose} may give each worker a cgroup (${controllersOf(cgroup)})`)]
  const why = whyNoBounds(cgroup, whose, lacking)
  const remedy = remedyOf(cgroup, systemd)
  if (bounded.length === 0) return [note(name, `${why}: workers' trees are found by their marks`, remedy)]
  const text = `${why}: the limits of ${bounded.join(', ')} are looked at once a second instead of kept by the kernel`
  return [warn(name, text, remedy)]
}

/** Since then a unit may say where in its cgroup its own process goes (DelegateSubgroup=). */
const subgroupSince = 254

function remedyOf({ delegated, mayHandOn }: CgroupFacts, systemd: string | null): string {
  const version = Number.parseInt(systemd ?? '', 10)
  return delegated && !mayHandOn && version < subgroupSince
    ? `systemd ${version} keeps the daemon's process where its controllers would be handed on from; ${subgroupSince} and later do not. Or have systemd run each worker in a unit of its own: jrctl install --profile hardened`
    : 'Run it as a service with Delegate=yes: jrctl install'
}

function whyNoBounds(
  { path, delegated, mayHandOn }: CgroupFacts,
  whose: string,
  lacking: readonly string[],
): string {
  if (path === null) return 'this machine shows no cgroup v2'
  if (!delegated) return `${whose} may make no cgroups in ${path}`
  if (lacking.length === 0 && !mayHandOn)
    return `${whose} lives in ${path} itself, and may hand no controllers on`
  return `${whose} has no ${lacking.join(' and ')} to hand on in ${path}`
}

function controllersOf({ controllers }: CgroupFacts): string {
  return controllers.length === 0 ? 'without controllers' : controllers.join(', ')
}
