import type { BusPolicy } from '../config/policy.ts'
import type { BusFigures } from '../domain/bus/figures.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { Json } from '../domain/task.ts'
import type { BusMessage, BusReply, ReplyVerdict, RequestVerdict } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { AnswerCache } from './answer-cache.ts'
import type { Directory } from './directory.ts'
import { type Asker, type Question, waitAsAsker } from './question.ts'
import { type Ending, SettledRequests } from './settled-requests.ts'
import type { Subscriber } from './subscriber.ts'

/** A question whose time is known. */
export type Asked = BusMessage & { timeoutMs: number; cacheMs: number }

export interface Requests {
  /** @param dataJson the question's data as text, for its responder */
  ask(question: Asked, dataJson: string, gone: AbortSignal): Promise<RequestVerdict>
  /** @param bytes of the answer's data */
  reply(id: string, reply: BusReply, bytes: number): ReplyVerdict
  /** What this responder had is given to another, when it has not been handed over; else its askers are told. */
  lost(responder: Subscriber): void
  /** Tells all who wait that there will be no answer. */
  stop(): void
  view(): Pick<BusFigures, 'waiting' | 'requests' | 'answered' | 'cached' | 'timeouts'>
}

/** Requests and their answers: each goes to one responder and ends once, however it ends. */
export function createRequests(deps: {
  directory: Directory
  policy: () => BusPolicy
  clock: Clock
  random: Random
}): Requests {
  const { directory, clock, random } = deps
  const waiting = new Map<string, Question>()
  /** Of those that may be shared. */
  const byKey = new Map<string, Question>()
  const settled = new SettledRequests()
  const cache = new AnswerCache()
  const counts = { requests: 0, answered: 0, cached: 0, timeouts: 0 }
  /** How many askers wait, in all. */
  let askers = 0

  function ask(asked: Asked, dataJson: string, gone: AbortSignal): Promise<RequestVerdict> {
    counts.requests += 1
    const key = asked.cacheMs > 0 ? `${asked.topic} ${canonicalJson(asked.data)}` : null
    const known = key === null ? undefined : cache.find(key, asked.cacheMs, clock.monotonicMs())
    if (known !== undefined) return Promise.resolve(outOfCache(known))
    if (gone.aborted) return Promise.resolve({ kind: 'gone' })
    if (askers >= deps.policy().maxRequests) return Promise.resolve({ kind: 'full', waiting: askers })
    const equal = key === null ? undefined : byKey.get(key)
    const question = equal ?? pose(asked, dataJson, key)
    return 'kind' in question
      ? Promise.resolve(question)
      : waitFor(question, asked, equal !== undefined, gone)
  }

  function outOfCache(reply: { data: Json }): RequestVerdict {
    counts.answered += 1
    counts.cached += 1
    return { kind: 'answered', requestId: '', reply, tookMs: 0, cached: true }
  }

  function waitFor(
    question: Question,
    asked: Asked,
    joined: boolean,
    gone: AbortSignal,
  ): Promise<RequestVerdict> {
    const { asker, verdict } = waitAsAsker(asked, {
      clock,
      gone,
      joined,
      left(who, why) {
        if (why === 'timeout') counts.timeouts += 1
        forget(question, who)
        if (question.askers.size === 0) abandon(question, why === 'timeout' ? 'timeout' : 'asker_gone')
      },
    })
    question.askers.add(asker)
    askers += 1
    return verdict
  }

  /** Gives it to a responder; or says why that cannot be. */
  function pose(asked: Asked, dataJson: string, key: string | null): Question | RequestVerdict {
    const id = random.hex(16)
    const frameJson = requestJson(id, asked, dataJson, clock.wallMs())
    const bytes = Buffer.byteLength(frameJson)
    const responder = directory.nextResponder(asked.topic, bytes)
    if (responder === undefined) return noResponder(asked.topic)
    const question: Question = { id, topic: asked.topic, frameJson, bytes, responder, askers: new Set(), key }
    waiting.set(id, question)
    if (key !== null) byKey.set(key, question)
    handTo(responder, question)
    return question
  }

  function noResponder(topic: string): RequestVerdict {
    return directory.hasResponder(topic) ? { kind: 'full', waiting: askers } : { kind: 'no_responders' }
  }

  function handTo(responder: Subscriber, question: Question): void {
    question.responder = responder
    responder.open.add(question.id)
    responder.give({ event: 'request', json: question.frameJson }, question.id)
  }

  function forget(question: Question, asker: Asker): void {
    if (question.askers.delete(asker)) askers -= 1
  }

  /** It is over; whoever answers it from now on is told how it ended. */
  function close(question: Question, ending: Ending): void {
    waiting.delete(question.id)
    if (question.key !== null) byKey.delete(question.key)
    question.responder.open.delete(question.id)
    settled.remember(question.id, ending)
  }

  /** Nobody waits for it any more: a responder that has it may stop. */
  function abandon(question: Question, why: 'timeout' | 'asker_gone'): void {
    close(question, why)
    if (question.responder.withdraw(question.id)) return
    question.responder.give({
      event: 'cancelled',
      json: JSON.stringify({ request_id: question.id, reason: why }),
    })
  }

  function settleAll(question: Question, verdictFor: (asker: Asker) => RequestVerdict): void {
    for (const asker of question.askers) {
      forget(question, asker)
      asker.settle(verdictFor(asker))
    }
  }

  function answer(question: Question, reply: BusReply, bytes: number): void {
    const nowMs = clock.monotonicMs()
    keepInCache(question, reply, bytes, nowMs)
    close(question, 'answered')
    settleAll(question, ({ askedMs, joined }) => {
      counts.answered += 1
      if (joined) counts.cached += 1
      return { kind: 'answered', requestId: question.id, reply, tookMs: nowMs - askedMs, cached: joined }
    })
  }

  /** Errors are not kept: the next who asks may fare better. */
  function keepInCache({ key, askers: all }: Question, reply: BusReply, bytes: number, nowMs: number): void {
    if (key === null || 'error' in reply) return
    const forMs = Math.max(...[...all].map(({ cacheMs }) => cacheMs))
    cache.keep(key, { data: reply.data, bytes, forMs }, nowMs, deps.policy().cacheBytes)
  }

  return {
    ask,
    reply(id, reply, bytes) {
      const question = waiting.get(id)
      if (question === undefined) return tooLate(settled.endingOf(id))
      answer(question, reply, bytes)
      return { kind: 'delivered' }
    },
    lost(responder) {
      for (const id of responder.open) {
        const question = waiting.get(id)
        if (question === undefined) continue
        const unread = responder.withdraw(id)
        const other = unread ? directory.nextResponder(question.topic, question.bytes) : undefined
        if (other !== undefined) {
          handTo(other, question)
          continue
        }
        close(question, 'responder_gone')
        settleAll(question, () => (unread ? noResponder(question.topic) : { kind: 'responder_gone' }))
      }
      responder.open.clear()
    },
    stop() {
      for (const question of waiting.values()) {
        close(question, 'asker_gone')
        settleAll(question, () => ({ kind: 'stopping' }))
      }
      cache.clear()
    },
    view: () => ({ waiting: askers, ...counts }),
  }
}

function tooLate(ending: Ending | undefined): ReplyVerdict {
  if (ending === undefined) return { kind: 'unknown' }
  return ending === 'answered' ? { kind: 'repeated' } : { kind: 'late', why: ending }
}

function requestJson(id: string, { topic, from, timeoutMs }: Asked, dataJson: string, at: number): string {
  const head = JSON.stringify({ request_id: id, topic, at, from, timeout_ms: timeoutMs })
  return `${head.slice(0, -1)},"data":${dataJson}}`
}
