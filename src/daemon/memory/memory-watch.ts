import type { MemoryPolicy } from '../../config/policy.ts'
import { type MemoryLevel, type MemoryThresholds, memoryEvent, nextMemoryLevel } from '../../domain/memory.ts'
import { type MemoryPressure, type ShedWorker, planShedding } from '../../domain/memory/shedding.ts'
import { type JrName, jrName } from '../../domain/ids.ts'
import type { LedgerLevel } from '../../domain/ledger-event.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { OwnMemory, OwnMemoryReading } from '../../ports/own-memory.ts'
import type { WorkerView } from '../../domain/worker.ts'
import { type Duty, createDuty } from '../duty.ts'
import { candidatesOf } from './memory-candidates.ts'
import { createSnapshots } from './memory-snapshots.ts'

/** What the memory rules ask of the supervisor. Both settle when it is done; neither is an error for a worker that is gone. */
export interface Shedder {
  views(): WorkerView[]
  /** Takes a worker out (`disabled_by_memory`), all its instances. */
  shed(name: JrName, reason: string): Promise<unknown>
  letBack(name: JrName): Promise<unknown>
}

export interface MemoryWatch extends Duty {
  view(): MemoryStanding
  /** What presses now, in plain words; null: nothing does. */
  complaint(): string | null
}

/** The daemon's and the fleet's memory, read now, and what was last made of it. Bytes. */
export interface MemoryStanding {
  own: OwnMemoryReading
  heapPercent: number
  heapLevel: MemoryLevel
  fleetBytes: number
  budgetBytes: number | null
  fleetPercent: number | null
  fleetLevel: MemoryLevel
}

/** Looks at the daemon's heap and at the workers' memory, and acts by the thresholds of the policy (spec §10). */
export function createMemoryWatch(deps: {
  policy: MemoryPolicy
  own: OwnMemory
  supervisor: Shedder
  ledger: Ledger
  clock: Clock
  logger: Logger
}): MemoryWatch {
  const { policy, own, supervisor, ledger, clock } = deps
  const logger = deps.logger.child({ part: 'memory' })
  const thresholds: MemoryThresholds = policy
  const snapshots = createSnapshots({ own, clock, logger })
  const levels: Record<MemoryPressure, MemoryLevel> = { heap: 'normal', fleet: 'normal' }
  let known: ShedWorker[] = []

  function standing(): MemoryStanding {
    const reading = own.read()
    const fleetBytes = supervisor.views().reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0)
    const { budgetBytes } = policy
    return {
      own: reading,
      heapPercent: (100 * reading.heapUsed) / reading.heapLimit,
      heapLevel: levels.heap,
      fleetBytes,
      budgetBytes,
      fleetPercent: budgetBytes === null ? null : (100 * fleetBytes) / budgetBytes,
      fleetLevel: levels.fleet,
    }
  }

  async function run(): Promise<void> {
    await judgeHeap()
    judgeFleet()
    await balance()
    // Last: it stops everything for a while, and relief should not wait for that.
    if (levels.heap === 'critical' && policy.heapSnapshot) await snapshots.take()
  }

  /** What a collection frees was no pressure: nobody goes for it, and the judgement is that of the reading after it. */
  async function judgeHeap(): Promise<void> {
    const before = standing()
    if (before.heapPercent < policy.warnPercent) return move('heap', before.heapPercent, heapWords(before))
    if (levels.heap === 'normal') become('heap', 'warning', before.heapPercent, heapWords(before))
    await own.collect()
    const after = standing()
    move('heap', after.heapPercent, `${heapWords(after)} after a garbage collection`)
  }

  function judgeFleet(): void {
    const now = standing()
    if (now.fleetPercent !== null) move('fleet', now.fleetPercent, fleetWords(now))
  }

  function move(pressure: MemoryPressure, percent: number, words: string): void {
    become(pressure, nextMemoryLevel(levels[pressure], percent, thresholds), percent, words)
  }

  function become(pressure: MemoryPressure, after: MemoryLevel, percent: number, words: string): void {
    const before = levels[pressure]
    levels[pressure] = after
    const eventType = memoryEvent(before, after)
    if (eventType === null) return
    const { level, message } = told(after, words)
    logger[level]({ pressure, percent: Math.round(percent) }, message)
    ledger.note({
      eventType,
      level,
      actor: 'daemon',
      message,
      data: { pressure, percent: Math.round(percent), from: before, to: after },
    })
  }

  async function balance(): Promise<void> {
    const now = standing()
    const plan = planShedding(
      { ...now, thresholds, nowMs: clock.monotonicMs() },
      candidatesOf(supervisor.views()),
      known,
    )
    known = plan.known
    // All at once: each may take its grace to end.
    await Promise.all([
      ...plan.shed.map((one) => attempt(one.name, (name) => supervisor.shed(name, whyShed(one, now)))),
      ...plan.letBack.map((one) => attempt(one, (name) => supervisor.letBack(name))),
    ])
  }

  async function attempt(name: string, act: (name: JrName) => Promise<unknown>): Promise<void> {
    try {
      await act(jrName(name))
    } catch (error) {
      logger.error({ worker: name }, `the memory rules could not be applied to ${name}: ${messageOf(error)}`)
    }
  }

  const duty = createDuty(
    { name: 'watching memory', everyMs: policy.intervalMs, minGapMs: 1_000, run },
    { clock, logger },
  )
  function complaint(): string | null {
    const now = standing()
    const pressing = [
      ...(levels.heap === 'normal' ? [] : [heapWords(now)]),
      ...(levels.fleet === 'normal' ? [] : [fleetWords(now)]),
    ]
    return pressing.length === 0 ? null : `memory: ${pressing.join('; ')}`
  }

  return { ...duty, view: standing, complaint }
}

function told(level: MemoryLevel, words: string): { level: LedgerLevel; message: string } {
  if (level === 'normal') return { level: 'info', message: `memory is well again: ${words}` }
  return { level: level === 'warning' ? 'warn' : 'error', message: words }
}

function heapWords({ heapPercent, own }: MemoryStanding): string {
  return `the daemon's heap is at ${Math.round(heapPercent)} % of V8's limit (${mib(own.heapUsed)} of ${mib(own.heapLimit)})`
}

function fleetWords({ fleetPercent, fleetBytes, budgetBytes }: MemoryStanding): string {
  return `the workers hold ${Math.round(fleetPercent ?? 0)} % of their memory budget (${mib(fleetBytes)} of ${mib(budgetBytes ?? 0)})`
}

function whyShed({ by, rssBytes }: ShedWorker, now: MemoryStanding): string {
  if (by === 'heap') return `${heapWords(now)}; workers of priority 3 rest until it recovers`
  return `${fleetWords(now)}, ${mib(rssBytes)} of it here; it rests until there is room`
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
