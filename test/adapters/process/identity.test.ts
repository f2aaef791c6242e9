import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { dyeOf } from '../../../src/adapters/process/dye.ts'
import type { ProcEntry } from '../../../src/adapters/process/proc.ts'
import { ProcessSnapshot } from '../../../src/adapters/process/process-snapshot.ts'
import { isStill } from '../../../src/adapters/process/signal.ts'
import { leaderOf, treeOf } from '../../../src/adapters/process/tree.ts'

/** So few pids that most of them are used again and again. */
const pidMax = 12
const daemonPid = 2
const mark = 'ours'
const identityOf = (born: ProcEntry) => ({ pid: born.pid, startTime: born.startTime, bootId: 'b', mark })

interface Living extends ProcEntry {
  /** The truth that no kernel tells: it descends from our spawn. */
  ours: boolean
}

/** A machine that forks, detaches, forgets its environment, ends and uses pids again; several forks a tick. */
class Machine {
  readonly living = new Map<number, Living>()
  #next = 1
  #forks = 0

  constructor() {
    for (const pid of [1, daemonPid]) {
      this.#add(pid, { ppid: 0, session: pid, mark: null, dye: null, ours: false })
    }
    this.#next = 3
  }

  fork(parentPid: number, changes: Partial<Living> = {}): Living | undefined {
    const parent = this.living.get(parentPid)
    const pid = this.#freePid()
    if (parent === undefined || pid === undefined) return undefined
    const { session, mark: parentMark, dye, ours } = parent
    return this.#add(pid, { ppid: parentPid, session, mark: parentMark, dye, ours, ...changes })
  }

  /** As the host starts a shim: in a session of its own, marked and dyed. */
  spawn(): Living | undefined {
    const shim = this.fork(daemonPid, { mark, dye: dyeOf(mark), ours: true })
    if (shim !== undefined) shim.session = shim.pid
    return shim
  }

  setsid(pid: number): void {
    const entry = this.living.get(pid)
    if (entry !== undefined) entry.session = pid
  }

  clearEnvironment(pid: number): void {
    const entry = this.living.get(pid)
    if (entry !== undefined) entry.mark = null
  }

  end(pid: number): void {
    if (pid <= daemonPid) return
    this.living.delete(pid)
    for (const entry of this.living.values()) if (entry.ppid === pid) entry.ppid = 1
  }

  look(): ProcEntry[] {
    return structuredClone([...this.living.values()])
  }

  #freePid(): number | undefined {
    for (let tried = 0; tried < pidMax; tried++) {
      const pid = this.#next
      this.#next = pid >= pidMax ? 3 : pid + 1
      // A number that still names a session is not given out, as the kernel keeps it.
      const isSession = [...this.living.values()].some((entry) => entry.session === pid)
      if (!this.living.has(pid) && !isSession) return pid
    }
    return undefined
  }

  #add(pid: number, rest: Pick<Living, 'ppid' | 'session' | 'mark' | 'dye' | 'ours'>): Living {
    this.#forks += 1
    const startTime = Math.floor(this.#forks / 4)
    const entry = { pid, startTime, isKernel: false, zombie: false, cpuTicks: 0, rssPages: 0, ...rest }
    this.living.set(pid, entry)
    return entry
  }
}

const pid = fc.integer({ min: 1, max: pidMax })
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('fork' as const), pid }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), pid }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setsid' as const), pid }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), pid }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('foreign' as const), pid }) },
)
type Action = { kind: 'fork' | 'end' | 'setsid' | 'clear' | 'foreign'; pid: number }

function apply(machine: Machine, actions: readonly Action[]): void {
  for (const { kind, pid: target } of actions) {
    if (kind === 'fork') machine.fork(target)
    else if (kind === 'foreign') machine.fork(1)
    else if (kind === 'end') machine.end(target)
    else if (kind === 'setsid') machine.setsid(target)
    else machine.clearEnvironment(target)
  }
}

const actions = fc.array(action, { minLength: 30, maxLength: 60, size: 'max' })
const fewActions = fc.array(action, { maxLength: 12, size: 'max' })

/** Plays histories; each process that was seen is judged again when it would be signalled. */
function play(
  judge: typeof isStill,
  histories: number,
): { signals: number; reused: number; foreign: number } {
  const found = { signals: 0, reused: 0, foreign: 0 }
  fc.assert(
    fc.property(fewActions, fewActions, actions, (before, between, after) => {
      const machine = new Machine()
      apply(machine, before)
      const shim = machine.spawn()
      if (shim === undefined) return
      const identity = identityOf({ ...shim })
      apply(machine, between)
      const seen = treeOf(new ProcessSnapshot(machine.look()), identity, daemonPid)
      const ours = [...machine.living.values()].filter((entry) => entry.ours)
      expect(new Set(seen.map((entry) => entry.pid))).toEqual(new Set(ours.map((entry) => entry.pid)))
      // The look is old when the signals are sent.
      apply(machine, after)
      for (const entry of seen) {
        const now = machine.living.get(entry.pid)
        if (now !== undefined && !now.ours) found.reused += 1
        if (!judge(entry, now, () => now?.dye ?? null)) continue
        found.signals += 1
        if (now?.ours !== true) found.foreign += 1
      }
    }),
    { numRuns: histories, seed: 4 },
  )
  return found
}

test('over 10,000 histories of reused pids no foreign process is signalled, and none of ours is missed', () => {
  const { signals, reused, foreign } = play(isStill, 10_000)
  expect(foreign).toBe(0)
  // It happened often enough to mean something.
  expect(signals).toBeGreaterThan(3000)
  expect(reused).toBeGreaterThan(1000)
})

test.each<[string, typeof isStill]>([
  ['by its number alone', (_, now) => now !== undefined],
  ['by its number and the time of its start', (seen, now) => now?.startTime === seen.startTime],
])('one that knows a process %s signals strangers, and is found out', (_, judge) => {
  expect(play(judge, 2_000).foreign).toBeGreaterThan(0)
})

test('a leader is proven by pid, start time and mark together', () => {
  fc.assert(
    fc.property(
      pid,
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(mark, 'other', null),
      (of, ticks, marked) => {
        const entry = {
          pid: of,
          startTime: ticks,
          ppid: 1,
          session: of,
          isKernel: false,
          zombie: false,
          cpuTicks: 0,
          rssPages: 0,
          mark: marked,
          dye: null,
        }
        const found = leaderOf(new ProcessSnapshot([entry]), { pid: 5, startTime: 1, bootId: 'b', mark })
        expect(found !== undefined).toBe(of === 5 && ticks === 1 && marked === mark)
      },
    ),
  )
})

const canUnshare = spawnSync('unshare', ['-pf', '--mount-proc', 'test', '-w', '/proc/sys/kernel/ns_last_pid'])
const mayChoosePids = canUnshare.status === 0 && process.getuid?.() === 0

test.skipIf(!mayChoosePids)(
  'strangers that got the very pids of ended workers are left alone (needs unshare -p as root)',
  () => {
    const script = join(import.meta.dirname, 'pid-reuse.ts')
    const rounds = 40
    const inside = 'node=$1 script=$2 rounds=$3; "$node" "$script" "$rounds"; exit $?'
    const args = ['-pf', '--mount-proc', 'sh', '-c', inside, 'sh', process.execPath, script, String(rounds)]
    const run = spawnSync('unshare', args, { encoding: 'utf8', timeout: 25_000 })
    expect(run.stderr).toBe('')
    const { reused, foreignSignals } = JSON.parse(run.stdout) as { reused: number; foreignSignals: number }
    expect(foreignSignals).toBe(0)
    expect(reused).toBeGreaterThan(rounds)
  },
)
