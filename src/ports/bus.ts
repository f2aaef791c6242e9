import type { BusFigures } from '../domain/bus/figures.ts'
import type { Json } from '../domain/task.ts'

/**
 * Messages between workers, within this daemon and while it runs: who listens hears them, at most once. Nothing is kept for
 * who comes later.
 */
export interface Bus {
  publish(message: BusMessage): PublishVerdict
  /** Settles with the answer of one responder, or with why there is none. Who goes (`gone`) takes the question back. */
  request(question: BusQuestion, gone: AbortSignal): Promise<RequestVerdict>
  reply(requestId: string, reply: BusReply): ReplyVerdict
  subscribe(wish: BusWish): SubscribeVerdict
  view(): BusFigures
}

export interface BusMessage {
  topic: string
  data: Json
  /** Who says it. */
  from: string
}

export interface BusQuestion extends BusMessage {
  /** Null: as long as is usual. */
  timeoutMs: number | null
  /** An answer to an equal question (same topic, equal data) is as good while it is no older; 0: only one to this question. */
  cacheMs: number
}

export type BusReply = { data: Json } | { error: string }

export interface BusWish {
  patterns: readonly string[]
  /** Gets the requests under these topics, one at a time among all who respond, instead of the messages. */
  respond: boolean
  /** Who asks. */
  from: string
  /** The way it came in; each has places of its own, so that nobody takes another's. Completes "places for subscribers …". */
  door: string
}

/** What is delivered to a subscriber: a name and its JSON text, made once for all who get it. */
export interface BusFrame {
  event: 'ready' | 'message' | 'request' | 'cancelled' | 'missed'
  json: string
}

export interface BusSubscription {
  /** What waits, the oldest first, at most some 64 KiB of it, waiting until there is something; undefined: it has ended. One reader at a time. */
  next(): Promise<readonly BusFrame[] | undefined>
  /** No more comes; what waits may still be read. */
  close(): void
  /** Lets go of everything; requests that it has not answered are told to their askers. */
  end(): void
}

export type PublishVerdict =
  | { kind: 'published'; subscribers: number }
  | { kind: 'reserved' | 'stopping' }
  | { kind: 'too_large'; bytes: number; bytesMax: number }

export type RequestVerdict =
  | { kind: 'answered'; requestId: string; reply: BusReply; tookMs: number; cached: boolean }
  /** Nobody responds under this topic. */
  | { kind: 'no_responders' }
  | { kind: 'timeout'; timeoutMs: number }
  /** Who had the request has left; it may have done what was asked. */
  | { kind: 'responder_gone' }
  /** As many requests as may wait do so, or all responders have as many as they may. */
  | { kind: 'full'; waiting: number }
  | { kind: 'gone' | 'reserved' | 'stopping' }
  | { kind: 'too_large'; bytes: number; bytesMax: number }

export type ReplyVerdict =
  | { kind: 'delivered' }
  /** There was an answer already. */
  | { kind: 'repeated' }
  /** Nobody waits any more. */
  | { kind: 'late'; why: 'timeout' | 'asker_gone' | 'responder_gone' }
  | { kind: 'unknown' }
  | { kind: 'too_large'; bytes: number; bytesMax: number }

export type SubscribeVerdict =
  | { kind: 'subscribed'; subscription: BusSubscription }
  | { kind: 'full'; subscribersMax: number; door: string }
  | { kind: 'reserved'; topic: string }
  | { kind: 'stopping' }
