import type { ServerResponse } from 'node:http'
import type { Capacity, CapacityAnswer, CapacityWish } from '../ports/capacity.ts'

/** gone: the client left while it waited, and its wish is taken back. */
export type Admission = CapacityAnswer | 'gone'

/** A request that waits for capacity can be sent away: at a shutdown. */
export interface Waiter {
  sendAway: (() => void) | null
}

/**
 * Waits until it is the request's turn; answers at once where there is nothing to wait for. Nothing is sent to the client
 * meanwhile, so that whatever comes of it can still be said properly.
 */
export function admit(
  capacity: Capacity,
  wish: CapacityWish,
  client: ServerResponse,
  waiter: Waiter,
): Admission | Promise<Admission> {
  // It left before: nobody would tell.
  if (client.destroyed) return 'gone'
  const turn = new Turn()
  const asked = capacity.ask(wish, turn.answered)
  if (turn.answer !== null) return turn.answer
  return new Promise((resolve) => {
    const end = (admission: Admission): void => {
      client.off('close', leave)
      waiter.sendAway = null
      resolve(admission)
    }
    const leave = (): void => {
      asked.cancel()
      end('gone')
    }
    turn.tell = end
    client.once('close', leave)
    waiter.sendAway = () => {
      asked.cancel()
      end({ granted: false, reason: 'stopping', retryAfterMs: 0, position: null })
    }
  })
}

class Turn {
  answer: CapacityAnswer | null = null
  tell: ((answer: CapacityAnswer) => void) | null = null
  readonly answered = (answer: CapacityAnswer): void => {
    this.answer = answer
    this.tell?.(answer)
  }
}
