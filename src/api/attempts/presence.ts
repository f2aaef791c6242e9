import type { Timer } from '../../ports/clock.ts'
import { instanceId, type InstanceId, type JrName } from '../../domain/ids.ts'
import type { AttemptServices } from './services.ts'

/** A worker that speaks the API is seen in the queue's tables as any other, by what it asks. */
export interface Presence {
  /** Under which instance this worker's attempts run. */
  instanceOf(worker: string | undefined): InstanceId
  /** It has asked something: it lives. Never rejects. */
  seen(instance: InstanceId, jr: JrName): Promise<void>
  /** A claim of its is under way, which may wait; until the function that this answers is called. */
  claims(instance: InstanceId): () => void
  /** An attempt was begun (until when its lease holds, monotonic) or has ended. */
  began(instance: InstanceId, keyHash: string, untilMs: number): void
  ended(instance: InstanceId, keyHash: string): void
  /** Nobody can ask here any more, so all have left. Takes no longer than this; never rejects. */
  close(limitMs: number): Promise<void>
}

interface Known {
  jrs: Set<JrName>
  /** How many of its claims are under way. */
  claims: number
  lastAskedMs: number
  lastBeatMs: number
  /** Its attempts, by key hash, with the end of their leases. */
  attempts: Map<string, number>
  /** Settles with the last write about it. */
  written: Promise<void>
}

/** Beats are written no more often than this, however often it asks. */
const beatEveryMs = 10_000
/**
 * A worker that has asked nothing for so long, and holds nothing, has left. Its Jr is online until then, and gets unassigned
 * tasks, so a single question must not count for long; it is the longest that a claim waits.
 */
const leftAfterMs = 30_000
const lookEveryMs = 10_000
/** Of what was made here, in contrast to the instances of workers that the daemon supervises. */
const prefix = 'api-'
/** More names than this are a mistake of somebody's; they then share one. */
const instancesMax = 1_000

export function createPresence(services: AttemptServices): Presence {
  const { queue, clock, nodeId, pid } = services
  // Random per daemon's start: what an earlier one gave out is nobody's any more.
  const run = `${prefix}${services.random.hex(8)}`
  const known = new Map<InstanceId, Known>()
  let timer: Timer | undefined
  let isClosed = false

  function knownOf(instance: InstanceId): Known {
    const entry = known.get(instance) ?? newcomer(clock.monotonicMs())
    known.set(instance, entry)
    if (!isClosed) timer ??= clock.after(lookEveryMs, look, { background: true })
    return entry
  }

  async function beat(instance: InstanceId, entry: Known): Promise<void> {
    const nowMs = clock.monotonicMs()
    if (isClosed || nowMs - entry.lastBeatMs < beatEveryMs) return
    entry.lastBeatMs = nowMs
    for (const [keyHash, untilMs] of entry.attempts) if (untilMs < nowMs) entry.attempts.delete(keyHash)
    const [jrNames, load] = [[...entry.jrs], entry.attempts.size]
    await inTurn(entry, () => queue.beat({ instanceId: instance, jrNames, nodeId, pid, load }))
  }

  function isHere({ claims, lastAskedMs, attempts }: Known): boolean {
    const nowMs = clock.monotonicMs()
    if (isClosed) return false
    if (claims > 0 || nowMs - lastAskedMs < leftAfterMs) return true
    return [...attempts.values()].some((untilMs) => untilMs > nowMs)
  }

  /** Fails while the database is away. */
  async function dismiss(instance: InstanceId, entry: Known): Promise<void> {
    // One that the daemon supervises is retired by whoever sees it die.
    if (instance.startsWith(prefix)) {
      entry.lastBeatMs = Number.NEGATIVE_INFINITY
      await inTurn(entry, () => queue.retire(instance))
    }
    // Else it came back meanwhile, and its beat was the next in turn.
    if (!isHere(entry)) known.delete(instance)
  }

  /** Whoever could not be dismissed is, at the next look. */
  async function dismissAway(): Promise<void> {
    const away = [...known].filter(([, entry]) => !isHere(entry))
    await Promise.allSettled(away.map(([instance, entry]) => dismiss(instance, entry)))
  }

  function look(): void {
    void dismissAway().then(() => {
      timer = undefined
      if (known.size > 0 && !isClosed) timer = clock.after(lookEveryMs, look, { background: true })
    })
  }

  return {
    instanceOf(worker) {
      if (worker === undefined) return instanceId(run)
      const own = instanceId(worker)
      if (services.supervises(own)) return own
      const named = instanceId(`${run}-${worker}`)
      return known.has(named) || known.size < instancesMax ? named : instanceId(run)
    },
    async seen(instance, jr) {
      // The key of a worker that speaks SQL, shown by its command: that worker tells of itself.
      if (!instance.startsWith(prefix) && !services.supervises(instance)) return
      const entry = knownOf(instance)
      entry.lastAskedMs = clock.monotonicMs()
      if (!entry.jrs.has(jr)) entry.lastBeatMs = Number.NEGATIVE_INFINITY
      entry.jrs.add(jr)
      // Presence is for looking at; what was asked for goes on without it, or fails for the same reason and says so.
      await beat(instance, entry).catch(() => {})
    },
    claims(instance) {
      const entry = knownOf(instance)
      entry.claims += 1
      return () => {
        entry.claims -= 1
        entry.lastAskedMs = clock.monotonicMs()
      }
    },
    began: (instance, keyHash, untilMs) => void knownOf(instance).attempts.set(keyHash, untilMs),
    ended: (instance, keyHash) => void known.get(instance)?.attempts.delete(keyHash),
    async close(limitMs) {
      isClosed = true
      timer?.cancel()
      const done = new AbortController()
      const limit = clock.sleep(limitMs, done.signal).catch(() => {})
      await Promise.race([dismissAway(), limit])
      done.abort()
    },
  }
}

function newcomer(nowMs: number): Known {
  return {
    jrs: new Set(),
    claims: 0,
    lastAskedMs: nowMs,
    lastBeatMs: Number.NEGATIVE_INFINITY,
    attempts: new Map(),
    written: Promise.resolve(),
  }
}

/** Never a beat after the retirement that was asked for later, nor the other way round. */
function inTurn(entry: Known, write: () => Promise<void>): Promise<void> {
  const written = entry.written.then(write)
  entry.written = written.catch(() => {})
  return written
}
