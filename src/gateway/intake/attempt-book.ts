import { hash } from 'node:crypto'
import { parseAttemptKey } from '../../domain/attempt-key.ts'
import type { TaskId } from '../../domain/ids.ts'
import type { AttemptKeys, HashedKey, KeyedAttempt } from '../../ports/attempt-keys.ts'
import type { Clock } from '../../ports/clock.ts'
import { createAskLine } from './ask-line.ts'

/**
 * - attempt: it has this key; whether it has ended is in it.
 * - unknown: none has. `isOurs`: it looks like one of ours, so that it was meant as one.
 * - unavailable: it was never seen here, and the queue that knows cannot be asked now, or too many want to.
 */
export type KeyFinding =
  { kind: 'attempt'; attempt: KeyedAttempt } | { kind: 'unknown'; isOurs: boolean } | { kind: 'unavailable' }

/**
 * The attempts that have shown their keys here. Who is in it waits for no database, and goes on while that is away; what may
 * have changed is asked again behind the requests' backs.
 */
export interface AttemptBook {
  /** @param key as the client sent it @param shownBy its connection, which as a rule shows one key again and again */
  find(key: string, shownBy: object): KeyFinding | Promise<KeyFinding>
  /** Something in the queue changed: whom it concerns is found out when they next ask. */
  doubt(): void
  /** Asks the queue now, whatever is known. */
  recheck(key: string): Promise<KeyFinding>
  /** An attempt at this task was ended from outside. */
  forget(taskId: TaskId): void
}

interface Entry {
  attempt: KeyedAttempt
  askedMs: number
  /** The doubts there were when it was asked for. */
  doubts: number
  asking: boolean
}

/** A key is asked for again no more often than this, however much changes: that is how long an ended attempt may go on. */
const askEveryMs = 1_000
/** Without any notice: the safety net, as the queue's own polling. */
const trustMs = 30_000
/** Attempts at work on one machine are far fewer; the ones asked for longest ago make room. */
const entriesMax = 10_000
/** Keys that nobody has, so that a client who tries one in a loop asks the queue once a second. */
const unknownMax = 1_000
/** Questions to the queue at the same time: guessers must not hold all its connections. */
const asksMax = 8
/** Questions that wait for that: as many as unknown keys are remembered, far more than workers begin at once. */
const waitingAsksMax = 1_000

/** What begins so was meant as one of ours, and may have been cut. */
const attemptKeyPrefix = 'jrk-'

const unknown: KeyFinding = { kind: 'unknown', isOurs: true }
const foreign: KeyFinding = { kind: 'unknown', isOurs: false }
const unavailable: KeyFinding = { kind: 'unavailable' }

export function createAttemptBook(deps: {
  keys: AttemptKeys
  clock: Pick<Clock, 'monotonicMs'>
  /** False: no notice comes, so what is known is doubted all the time. */
  listening(): boolean
}): AttemptBook {
  const { keys, clock } = deps
  const entries = new Map<string, Entry>()
  const unknownUntil = new Map<string, number>()
  const asks = new Map<string, Promise<KeyFinding>>()
  const line = createAskLine<KeyFinding>(asksMax, waitingAsksMax)
  const lastShown = new WeakMap<object, { text: string; key: HashedKey }>()
  let doubts = 0

  function ask(key: HashedKey): Promise<KeyFinding> {
    const under = asks.get(key.keyHash)
    if (under !== undefined) return under
    const asked = line
      .ask(() => answerOf(key))
      .then(
        (finding) => finding ?? standing(key),
        () => standing(key),
      )
    asks.set(key.keyHash, asked)
    void asked.finally(() => asks.delete(key.keyHash))
    return asked
  }

  async function answerOf(key: HashedKey): Promise<KeyFinding> {
    const doubtsThen = doubts
    return learn(key, await keys.find(key), doubtsThen)
  }

  function learn({ keyHash }: HashedKey, attempt: KeyedAttempt | null, doubtsThen: number): KeyFinding {
    if (attempt === null) {
      entries.delete(keyHash)
      remember(unknownUntil, keyHash, clock.monotonicMs() + askEveryMs, unknownMax)
      return unknown
    }
    const entry = { attempt, askedMs: clock.monotonicMs(), doubts: doubtsThen, asking: false }
    remember(entries, keyHash, entry, entriesMax)
    return { kind: 'attempt', attempt }
  }

  /** The queue cannot be asked: who is known goes on. */
  function standing({ keyHash }: HashedKey): KeyFinding {
    const entry = entries.get(keyHash)
    if (entry === undefined) return unavailable
    entry.askedMs = clock.monotonicMs()
    entry.asking = false
    return { kind: 'attempt', attempt: entry.attempt }
  }

  function isDoubtful(entry: Entry, nowMs: number): boolean {
    // An attempt that has ended never comes back.
    if (entry.asking || entry.attempt.outcome !== null) return false
    const ageMs = nowMs - entry.askedMs
    return ageMs >= trustMs || (ageMs >= askEveryMs && (entry.doubts !== doubts || !deps.listening()))
  }

  /** To hash it is much of what a request costs. The text is kept for as long as its connection, which has it in its hands anyway. */
  function hashedOnce(text: string, shownBy: object): HashedKey | undefined {
    const last = lastShown.get(shownBy)
    if (last?.text === text) return last.key
    const key = hashed(text)
    if (key !== undefined) lastShown.set(shownBy, { text, key })
    return key
  }

  function hashed(text: string): HashedKey | undefined {
    const key = parseAttemptKey(text)
    return key && { taskId: key.taskId, keyHash: hash('sha256', key.secret, 'hex') }
  }

  return {
    find(text, shownBy) {
      const key = hashedOnce(text, shownBy)
      if (key === undefined) return text.startsWith(attemptKeyPrefix) ? unknown : foreign
      const entry = entries.get(key.keyHash)
      const nowMs = clock.monotonicMs()
      if (entry === undefined) return (unknownUntil.get(key.keyHash) ?? 0) > nowMs ? unknown : ask(key)
      const { taskId } = entry.attempt.lease
      if (key.taskId !== null && key.taskId !== taskId) return unknown
      if (isDoubtful(entry, nowMs)) {
        entry.asking = true
        void ask({ ...key, taskId }).then((found) => {
          if (found.kind === 'unavailable') standing(key)
        })
      }
      return { kind: 'attempt', attempt: entry.attempt }
    },
    async recheck(text) {
      const key = hashed(text)
      if (key === undefined) return text.startsWith(attemptKeyPrefix) ? unknown : foreign
      return ask({ ...key, taskId: entries.get(key.keyHash)?.attempt.lease.taskId ?? key.taskId })
    },
    doubt() {
      doubts += 1
    },
    forget(taskId) {
      for (const [keyHash, { attempt }] of entries) {
        if (attempt.lease.taskId === taskId) entries.delete(keyHash)
      }
    },
  }
}

/** As the newest; the oldest makes room. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, sizeMax: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > sizeMax && oldest !== undefined) map.delete(oldest)
}
