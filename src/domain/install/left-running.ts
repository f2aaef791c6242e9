/** A living process as the look for what a fleet left sees it. */
export interface SeenProcess {
  pid: number
  ppid: number
  /** Clock ticks since boot: with it a pid names one process for good. */
  startTime: number
  /** The program's, at most 15 characters. */
  name: string
  /** What a daemon puts on each worker, by its environment, and by a limit that nothing takes off. */
  mark: string | null
  dye: number | null
  /** The API socket that its environment names. */
  socket: string | null
  /** It runs in the daemon's unit. */
  inUnit: boolean
}

/** - `worker`: of a worker's tree. - `database`: a server that is no worker's. - `other`: the daemon itself, or its helpers. */
export type LeftProcess = SeenProcess & { part: 'worker' | 'database' | 'other' }

export interface FleetTraits {
  /** Workers that know one of these are ours, in whatever unit or none they run. */
  sockets: readonly string[]
  /** Ourselves, and those that started us. */
  spared: ReadonlySet<number>
  dyeOf: (mark: string) => number
}

/** The processes of a fleet among all, each with what it is. */
export function fleetAmong(all: readonly SeenProcess[], traits: FleetTraits): LeftProcess[] {
  const { sockets, spared, dyeOf } = traits
  const isOurs = (one: SeenProcess) => one.inUnit || (one.socket !== null && sockets.includes(one.socket))
  const marks = new Set(all.filter(isOurs).flatMap(({ mark }) => mark ?? []))
  const dyes = new Set([...marks].map(dyeOf))
  const isMarked = ({ mark, dye }: SeenProcess) =>
    (mark !== null && marks.has(mark)) || (dye !== null && dyes.has(dye))
  const workers = withDescendants(
    all,
    all.filter((one) => isMarked(one) || (one.inUnit && one.dye !== null)),
  )
  const fleet = withDescendants(
    all,
    all.filter((one) => one.inUnit || workers.has(one.pid)),
  )
  return all
    .filter(({ pid }) => fleet.has(pid) && !spared.has(pid))
    .map((one) => Object.assign({}, one, { part: partOf(one) }))

  function partOf({ pid, name }: SeenProcess): LeftProcess['part'] {
    if (workers.has(pid)) return 'worker'
    return name === 'postgres' ? 'database' : 'other'
  }
}

function withDescendants(all: readonly SeenProcess[], some: readonly SeenProcess[]): Set<number> {
  const found = new Set(some.map(({ pid }) => pid))
  const children = Map.groupBy(all, ({ ppid }) => ppid)
  const queue = [...found]
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child.pid)) continue
      found.add(child.pid)
      queue.push(child.pid)
    }
  }
  return found
}

/**
 * Whom to ask first: each worker's own command, not the shell around it, which waits for it and drops signals, nor what it started
 * itself, which it sees to.
 */
export function commandsOf(workers: readonly LeftProcess[]): LeftProcess[] {
  const byPid = new Map(workers.map((one) => [one.pid, one]))
  const isTop = (one: LeftProcess) => !byPid.has(one.ppid)
  const parents = new Set(workers.map(({ ppid }) => ppid))
  return workers.filter((one) => {
    const parent = byPid.get(one.ppid)
    return parent === undefined
      ? !parents.has(one.pid) || one.name !== 'sh'
      : isTop(parent) && parent.name === 'sh'
  })
}

/** Servers, without the processes that they started. */
export function serversOf(left: readonly LeftProcess[]): LeftProcess[] {
  const databases = left.filter(({ part }) => part === 'database')
  const pids = new Set(databases.map(({ pid }) => pid))
  return databases.filter(({ ppid }) => !pids.has(ppid))
}

/** Whom people look for among them: workers first, and a database once, without its helpers. */
export function worthNaming(left: readonly LeftProcess[]): LeftProcess[] {
  const of = (wanted: LeftProcess['part']) => left.filter(({ part }) => part === wanted)
  return [...of('worker'), ...of('other'), ...serversOf(left)]
}

const namedMax = 6

/** As people read it: `sleep (pid 7), sh (pid 8) and 3 more`. */
export function namesOf(left: readonly Pick<LeftProcess, 'pid' | 'name'>[]): string {
  const named = left.slice(0, namedMax).map(({ pid, name }) => `${name} (pid ${pid})`)
  const more = left.length - named.length
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
}

/** Whether a process is in a unit by the text of its /proc/PID/cgroup: the machine's, or that of an account's own manager. */
export function isInUnit(cgroup: string, unit: string, owner: { uid: number } | 'system'): boolean {
  const manager = /^user@(\d+)\.service$/
  return cgroup.split('\n').some((line) => {
    const names = line.split('/')
    const at = names.indexOf(unit)
    if (at < 0) return false
    const managers = names.slice(0, at).flatMap((name) => manager.exec(name)?.[1] ?? [])
    return owner === 'system' ? managers.length === 0 : managers.at(-1) === String(owner.uid)
  })
}
