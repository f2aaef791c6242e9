import type {
  AskedCapacity,
  Capacity,
  CapacityAnswer,
  CapacityGrant,
  CapacityWish,
} from '../../../src/ports/capacity.ts'

/**
 * What was asked of capacity and became of it, written down between gateway and capacity: neither's own count. Units.
 */
export interface Books {
  reserved(): number
  charged(): number
  /** Reserved, and neither settled nor refunded. */
  inFlight(): number
  /** Wishes that are neither answered nor taken back. */
  waiting(): number
  /** Everything that must not be: an answer after a cancellation, a use that is no amount, units that are nowhere. */
  wrongs(): readonly string[]
  /** Settles when it holds; looked at after every entry. */
  when(holds: () => boolean): Promise<void>
  /** A new page: what is over is forgotten. */
  turn(): void
}

export function keptBooks(capacity: Capacity): { books: Books; capacity: Capacity } {
  let [reserved, returned, charged, inFlight, waiting] = [0, 0, 0, 0, 0]
  let wrongs: string[] = []
  const looking = new Set<() => void>()
  const entered = () => {
    for (const look of looking) look()
  }

  function watched(grant: CapacityGrant): CapacityGrant {
    let over = false
    reserved += grant.amount
    inFlight += grant.amount
    const end = (used: number) => {
      if (over) return
      if (!Number.isFinite(used) || used < 0) wrongs.push(`grant ${grant.id} used ${used}`)
      over = true
      inFlight -= grant.amount
      returned += grant.amount
      charged += used
    }
    const { id, holder, position, share, waitedMs, amount, costMax } = grant
    return {
      id,
      holder,
      position,
      share,
      waitedMs,
      amount,
      costMax,
      settle(used) {
        end(used)
        grant.settle(used)
        entered()
      },
      refund() {
        end(0)
        grant.refund()
        entered()
      },
      release: () => grant.release(),
    }
  }

  function ask(wish: CapacityWish, answered: (answer: CapacityAnswer) => void): AskedCapacity {
    let open = true
    waiting += 1
    const close = () => {
      if (open) waiting -= 1
      open = false
    }
    const asked = capacity.ask(wish, (answer) => {
      if (!open) wrongs.push('a wish was answered after its end')
      close()
      answered(answer.granted ? { granted: true, grant: watched(answer.grant) } : answer)
      entered()
    })
    entered()
    return {
      cancel() {
        close()
        asked.cancel()
        entered()
      },
    }
  }

  return {
    capacity: { ask },
    books: {
      reserved: () => reserved,
      charged: () => charged,
      inFlight: () => inFlight,
      waiting: () => waiting,
      wrongs: () => [
        ...wrongs,
        ...(Math.abs(reserved - returned - inFlight) < 1e-6
          ? []
          : [`${reserved} ≠ ${returned} + ${inFlight}`]),
      ],
      when: (holds) =>
        new Promise((resolve) => {
          const look = () => {
            if (!holds()) return
            looking.delete(look)
            resolve()
          }
          looking.add(look)
          look()
        }),
      turn() {
        ;[reserved, returned, charged] = [inFlight, 0, 0]
        wrongs = []
      },
    },
  }
}
