import { apiVersion } from '../../contract/views.ts'
import type { Bus, BusReply, RequestVerdict } from '../../ports/bus.ts'
import type { Handlers } from '../handlers.ts'
import type { BusCallers } from './callers.ts'
import { publishRefusal, replyRefusal, requestRefusal } from './refusals.ts'

/** The bus over HTTP (spec §9); listening and responding is a stream of its own (stream.ts). */
export function createBusHandlers(
  bus: Bus,
  callers: BusCallers,
): Pick<Handlers, 'publishBus' | 'requestBus' | 'replyBus'> {
  return {
    async publishBus({ topic, data }, by, caller) {
      const { from } = await callers.callerOf(by, caller)
      const verdict = bus.publish({ topic, data, from })
      if (verdict.kind !== 'published') throw publishRefusal(topic, verdict)
      return { apiVersion, subscribers: verdict.subscribers }
    },
    async requestBus({ topic, data, timeout_ms: timeoutMs, cache_ms: cacheMs }, by, caller) {
      const { from } = await callers.callerOf(by, caller)
      const verdict = await bus.request(
        { topic, data, from, timeoutMs: timeoutMs ?? null, cacheMs },
        caller.gone,
      )
      if (verdict.kind !== 'answered') throw requestRefusal(topic, verdict)
      return { apiVersion, topic, ...answerOf(verdict) }
    },
    async replyBus({ request_id: id, data, error }, by, caller) {
      await callers.callerOf(by, caller)
      const reply: BusReply = typeof error === 'string' ? { error } : { data: data ?? null }
      const verdict = bus.reply(id, reply)
      if (verdict.kind !== 'delivered') throw replyRefusal(id, verdict)
      return { apiVersion, delivered: true }
    },
  }
}

function answerOf({ requestId, reply, tookMs, cached }: Extract<RequestVerdict, { kind: 'answered' }>) {
  const facts = { request_id: requestId, took_ms: Math.round(tookMs), cached }
  return 'error' in reply
    ? { ok: false as const, error: reply.error, ...facts }
    : { ok: true as const, data: reply.data, ...facts }
}
