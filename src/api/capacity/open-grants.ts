import type { CapacityGrant } from '../../ports/capacity.ts'
import type { Clock, Timer } from '../../ports/clock.ts'

/** Grants that callers of the API hold, until they say what was used, or forget to. */
export interface OpenGrants {
  keep(grant: CapacityGrant): void
  /** `repeated`: it was settled before, by the caller or by the passing of time. */
  settle(id: string, used: number): 'settled' | 'repeated' | 'unknown'
  /** Settles all at their amounts: nobody can ask here any more. */
  close(): void
}

/** A grant that nobody settles for so long counts as having cost its amount. Longer than most calls of a model take. */
export const settleWithinMs = 600_000
/** Open at a time; beyond it, the oldest count as having cost their amounts. */
const openMax = 10_000
/** Settled ones whose ids are remembered, so that whoever repeats a lost answer is told so. */
const settledMax = 10_000

export function createOpenGrants(clock: Clock): OpenGrants {
  /** Oldest first, since all may be held for the same time. */
  const open = new Map<string, { grant: CapacityGrant; untilMs: number }>()
  const settled = new Set<string>()
  let timer: Timer | undefined

  function end(id: string, grant: CapacityGrant, used: number): void {
    open.delete(id)
    settled.add(id)
    const [oldest] = settled
    if (settled.size > settledMax && oldest !== undefined) settled.delete(oldest)
    grant.settle(used)
  }

  function endForgotten(): void {
    timer = undefined
    for (const [id, { grant, untilMs }] of open) {
      if (untilMs > clock.monotonicMs()) break
      end(id, grant, grant.amount)
    }
    arm()
  }

  function arm(): void {
    const [first] = open.values()
    if (first === undefined || timer !== undefined) return
    timer = clock.after(first.untilMs - clock.monotonicMs(), endForgotten, { background: true })
  }

  return {
    keep(grant) {
      const [oldest] = open.values()
      if (open.size >= openMax && oldest !== undefined)
        end(oldest.grant.id, oldest.grant, oldest.grant.amount)
      open.set(grant.id, { grant, untilMs: clock.monotonicMs() + settleWithinMs })
      arm()
    },
    settle(id, used) {
      const found = open.get(id)
      if (found === undefined) return settled.has(id) ? 'repeated' : 'unknown'
      end(id, found.grant, used)
      return 'settled'
    },
    close() {
      timer?.cancel()
      timer = undefined
      for (const [id, { grant }] of open) end(id, grant, grant.amount)
    },
  }
}
