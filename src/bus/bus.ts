import type { BusPolicy } from '../config/policy.ts'
import type { BusFigures } from '../domain/bus/figures.ts'
import { isReserved } from '../domain/bus/topic.ts'
import type { LedgerEntry } from '../domain/ledger-event.ts'
import type { Json } from '../domain/task.ts'
import type { Bus, BusFrame, BusReply, PublishVerdict } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { Directory } from './directory.ts'
import { announcement, messageFrame } from './frames.ts'
import { createRequests } from './requests.ts'
import { Subscriber } from './subscriber.ts'

/** The bus as its daemon has it. */
export interface DaemonBus extends Bus {
  /** The daemon's own messages: each entry of its ledger under its type. Costs nothing where nobody listens. */
  announce(entries: readonly LedgerEntry[]): void
  /** From now on. What waits already stays. */
  setPolicy(policy: BusPolicy): void
  /** Lets everybody go: who waits for an answer is told, who listens gets what is left. */
  stop(): void
}

export function createBus(deps: { policy: BusPolicy; clock: Clock; random: Random }): DaemonBus {
  const { clock } = deps
  let { policy } = deps
  let isStopping = false
  let subscribersEver = 0
  let messages = 0
  const counts = { published: 0, delivered: 0, missed: 0 }
  const directory = new Directory()
  const requests = createRequests({ ...deps, directory, policy: () => policy })

  function deliver(topic: string, make: () => BusFrame): number {
    counts.published += 1
    const listeners = directory.listenersOf(topic)
    if (listeners.length === 0) return 0
    const frame = make()
    for (const listener of listeners) listener.give(frame)
    counts.delivered += listeners.length
    return listeners.length
  }

  function publish({ topic, data, from }: { topic: string; data: Json; from: string }): PublishVerdict {
    if (isStopping) return { kind: 'stopping' }
    if (isReserved(topic)) return { kind: 'reserved' }
    const dataJson = JSON.stringify(data)
    const large = tooLarge(dataJson)
    if (large !== undefined) return large
    const subscribers = deliver(topic, () =>
      messageFrame({ id: (messages += 1), topic, at: clock.wallMs(), from }, dataJson),
    )
    return { kind: 'published', subscribers }
  }

  function tooLarge(json: string): { kind: 'too_large'; bytes: number; bytesMax: number } | undefined {
    const bytesMax = policy.maxMessageBytes
    // A character is three bytes at most, so that most need no count.
    if (json.length * 3 <= bytesMax) return undefined
    const bytes = Buffer.byteLength(json)
    return bytes > bytesMax ? { kind: 'too_large', bytes, bytesMax } : undefined
  }

  function leave(subscriber: Subscriber): void {
    directory.remove(subscriber)
    counts.missed += subscriber.missed
    requests.lost(subscriber)
  }

  function view(): BusFigures {
    const all = [...directory.all]
    const responders = all.filter(({ responds }) => responds).length
    const missed = all.reduce((sum, subscriber) => sum + subscriber.missed, counts.missed)
    return { subscribers: all.length - responders, responders, ...counts, missed, ...requests.view() }
  }

  return {
    publish,
    async request(question, gone) {
      if (isStopping) return { kind: 'stopping' }
      if (isReserved(question.topic)) return { kind: 'reserved' }
      const dataJson = JSON.stringify(question.data)
      const timeoutMs = question.timeoutMs ?? policy.timeoutMs
      return tooLarge(dataJson) ?? requests.ask({ ...question, timeoutMs }, dataJson, gone)
    },
    reply(requestId, reply) {
      const json = replyJson(reply)
      return tooLarge(json) ?? requests.reply(requestId, reply, json.length)
    },
    subscribe(wish) {
      if (isStopping) return { kind: 'stopping' }
      const { door } = wish
      const subscribersMax = policy.maxSubscribers
      if (directory.countOf(door) >= subscribersMax) return { kind: 'full', subscribersMax, door }
      const reserved = wish.respond ? wish.patterns.find(isReserved) : undefined
      if (reserved !== undefined) return { kind: 'reserved', topic: reserved }
      const limits = () => ({ frames: policy.maxQueued, bytes: policy.maxQueuedBytes })
      const subscription = new Subscriber((subscribersEver += 1), wish, { limits, left: leave })
      directory.add(subscription)
      return { kind: 'subscribed', subscription }
    },
    view,
    announce(entries) {
      if (isStopping || directory.all.size === 0) return
      for (const entry of entries) deliver(entry.eventType, () => announcement((messages += 1), entry))
    },
    setPolicy: (next) => void (policy = next),
    stop() {
      isStopping = true
      requests.stop()
      for (const subscriber of directory.all) subscriber.close()
    },
  }
}

function replyJson(reply: BusReply): string {
  return JSON.stringify('error' in reply ? reply.error : reply.data)
}
