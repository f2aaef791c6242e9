import type { Timer } from '../ports/clock.ts'
import type { RequestVerdict } from '../ports/bus.ts'
import type { Subscriber } from './subscriber.ts'

/** A request under way: one responder has it, and one or more wait for its answer (equal ones may share it). */
export interface Question {
  id: string
  topic: string
  /** For its responder. */
  frameJson: string
  bytes: number
  responder: Subscriber
  askers: Set<Asker>
  /** By which an equal one finds it; null: it is not to be shared. */
  key: string | null
}

export interface Asker {
  askedMs: number
  /** For how long the answer may be given to others who ask the same. */
  cacheMs: number
  /** It asked while an equal question was under way. */
  joined: boolean
  settle(verdict: RequestVerdict): void
}

/**
 * Waits as one asker: until it is settled, its time is up, or it goes. Whichever comes first; the other two are let go.
 * @param left told when it gives up by itself, and why
 */
export function waitAsAsker(
  question: { timeoutMs: number; cacheMs: number },
  { clock, gone, joined, left }: AskerDeps,
): { asker: Asker; verdict: Promise<RequestVerdict> } {
  const { promise, resolve } = Promise.withResolvers<RequestVerdict>()
  const asker: Asker = { askedMs: clock.monotonicMs(), cacheMs: question.cacheMs, joined, settle }
  const timer = clock.after(question.timeoutMs, () => giveUp('timeout'))
  const leave = (): void => giveUp('gone')
  gone.addEventListener('abort', leave, { once: true })
  return { asker, verdict: promise }

  function settle(verdict: RequestVerdict): void {
    timer.cancel()
    gone.removeEventListener('abort', leave)
    resolve(verdict)
  }

  function giveUp(kind: 'timeout' | 'gone'): void {
    settle(kind === 'timeout' ? { kind, timeoutMs: question.timeoutMs } : { kind })
    left(asker, kind)
  }
}

interface AskerDeps {
  clock: { monotonicMs(): number; after(delayMs: number, action: () => void): Timer }
  /** Not aborted yet. */
  gone: AbortSignal
  joined: boolean
  left: (asker: Asker, why: 'timeout' | 'gone') => void
}
