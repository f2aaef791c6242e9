import { instanceId, type InstanceId, type JrName } from '../../domain/ids.ts'
import type { AttemptServices } from './services.ts'

/** A worker that speaks the API is seen in the queue's tables as any other, by what it asks. */
export interface Presence {
  /** Under which instance this worker's attempts run. */
  instanceOf(worker: string | undefined): InstanceId
  /** It has asked something: it lives. Never rejects. */
  seen(instance: InstanceId, jr: JrName): Promise<void>
  /** An attempt was begun (until when its lease holds, monotonic) or has ended. */
  began(instance: InstanceId, keyHash: string, untilMs: number): void
  ended(instance: InstanceId, keyHash: string): void
}

interface Known {
  jrs: Set<JrName>
  lastAskedMs: number
  lastBeatMs: number
  /** Its attempts, by key hash, with the end of their leases. */
  attempts: Map<string, number>
}

/** Beats are written no more often than this, however often it asks. */
const beatEveryMs = 10_000
/** A worker that has asked nothing for so long, and holds nothing, has left. */
const leftAfterMs = 300_000
/** More names than this are a mistake of somebody's; they then share one. */
const instancesMax = 1_000

export function createPresence(services: AttemptServices): Presence {
  const { queue, clock, nodeId, pid } = services
  // Random per daemon's start: what an earlier one gave out is nobody's any more.
  const run = `api-${services.random.hex(8)}`
  const known = new Map<InstanceId, Known>()

  function knownOf(instance: InstanceId): Known {
    const nowMs = clock.monotonicMs()
    const found = known.get(instance) ?? {
      jrs: new Set(),
      lastAskedMs: nowMs,
      lastBeatMs: Number.NEGATIVE_INFINITY,
      attempts: new Map<string, number>(),
    }
    known.set(instance, found)
    return found
  }

  async function beat(instance: InstanceId, entry: Known): Promise<void> {
    const nowMs = clock.monotonicMs()
    if (nowMs - entry.lastBeatMs < beatEveryMs) return
    entry.lastBeatMs = nowMs
    for (const [keyHash, untilMs] of entry.attempts) if (untilMs < nowMs) entry.attempts.delete(keyHash)
    await queue.beat({
      instanceId: instance,
      jrNames: [...entry.jrs],
      nodeId,
      pid,
      load: entry.attempts.size,
    })
  }

  async function dismiss(): Promise<void> {
    const nowMs = clock.monotonicMs()
    for (const [instance, { lastAskedMs, attempts }] of known) {
      const isHere =
        nowMs - lastAskedMs < leftAfterMs || [...attempts.values()].some((until) => until > nowMs)
      if (isHere) continue
      known.delete(instance)
      // One that the daemon supervises is retired by whoever sees it die.
      if (!services.supervises(instance)) await queue.retire(instance)
    }
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
      const entry = knownOf(instance)
      entry.lastAskedMs = clock.monotonicMs()
      if (!entry.jrs.has(jr)) entry.lastBeatMs = Number.NEGATIVE_INFINITY
      entry.jrs.add(jr)
      // Presence is for looking at; what was asked for goes on without it, or fails for the same reason and says so.
      await beat(instance, entry)
        .then(dismiss)
        .catch(() => {})
    },
    began: (instance, keyHash, untilMs) => void knownOf(instance).attempts.set(keyHash, untilMs),
    ended: (instance, keyHash) => void known.get(instance)?.attempts.delete(keyHash),
  }
}
