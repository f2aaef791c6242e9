import type { Json } from '../domain/task.ts'

/** What `POST /v1/bus/publish` answers. */
export interface BusPublishedView {
  apiVersion: number
  /** Who got it. None is no error: who is not listening misses it. */
  subscribers: number
}

/** What `POST /v1/bus/request` answers when a responder did: its data, or its error as data. */
export type BusAnswerView = {
  apiVersion: number
  topic: string
  /** Empty: the answer is of an earlier, equal request. */
  request_id: string
  took_ms: number
  /** Shared with an equal request, as `cache_ms` allowed. */
  cached: boolean
} & ({ ok: true; data: Json } | { ok: false; error: string })

export interface BusDeliveredView {
  apiVersion: number
  delivered: true
}

/** The stream of `GET /v1/bus/subscribe`, by the name of its event. */
export interface BusEvents {
  /** First: from now on nothing is missed. */
  ready: { topics: string[]; respond: boolean }
  message: BusMessageView
  /** To who responds: answer it by `POST /v1/bus/reply` with its `request_id`. */
  request: BusRequestView
  /** Nobody waits for this request any more. */
  cancelled: { request_id: string; reason: 'timeout' | 'asker_gone' }
  /** The reader was too slow, and so many messages were dropped before the next. */
  missed: { count: number }
}

export interface BusMessageView {
  /** Counts the messages of this daemon's run. */
  id: number
  topic: string
  /** Epoch milliseconds. */
  at: number
  /** Who said it: `daemon`, `jr:NAME task:ID` with an attempt key, else what it calls itself, and that it does. */
  from: string
  data: Json
}

export interface BusRequestView extends Omit<BusMessageView, 'id'> {
  request_id: string
  /** How long its asker waits, from `at` on. */
  timeout_ms: number
}

export type BusEvent = { [Name in keyof BusEvents]: { event: Name; data: BusEvents[Name] } }[keyof BusEvents]

/** Bounds that hold whatever the configuration says. */
export const busLimits = {
  topicsPerSubscriber: 32,
  timeoutMsMax: 60_000,
  cacheMsMax: 3_600_000,
  errorBytes: 8_192,
} as const
