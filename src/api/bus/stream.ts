import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { BusFrame, BusSubscription } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import { beat } from '../beat.ts'
import { parseInput } from '../input.ts'
import type { DaemonServices } from '../services.ts'
import type { BusCallers } from './callers.ts'
import { subscribeRefusal } from './refusals.ts'

export interface BusStreamDeps {
  services: Pick<DaemonServices, 'bus' | 'subscribe'>
  callers: BusCallers
  clock: Clock
  heartbeatMs: number
  /** Those that are open, to be ended with the server. */
  streams: Set<{ end(): void }>
}

/**
 * `GET /v1/bus/subscribe`: messages, or with `respond=true` requests, as server-sent events. No more is taken from the
 * subscription than the socket has room for, so that a slow reader fills its own queue and nothing else.
 */
export async function serveBus(
  context: Context,
  { by, bearer }: { by: string; bearer: string | null },
  deps: BusStreamDeps,
): Promise<Response> {
  const { topic: patterns, respond } = parseInput('subscribeBus', queryOf(context))
  const { from, taskId } = await deps.callers.callerOf(by, { bearer, gone: context.req.raw.signal })
  const verdict = deps.services.bus.subscribe({ patterns, respond, from })
  if (verdict.kind !== 'subscribed') throw subscribeRefusal(verdict)
  const { subscription } = verdict
  const stream = { end: () => subscription.close() }
  deps.streams.add(stream)
  // An attempt listens no longer than it lives.
  const unsubscribe = deps.services.subscribe((change) => {
    if (taskId !== null && change.kind === 'ended' && change.taskId === taskId) subscription.end()
  })
  return streamSSE(context, async (sse) => {
    sse.onAbort(() => subscription.end())
    const stopBeating = beat(deps.clock, deps.heartbeatMs, async () => {
      await sse.write(': still here\n\n')
    })
    try {
      await passOn(subscription, (text) => sse.write(text))
    } finally {
      stopBeating()
      unsubscribe()
      subscription.end()
      deps.streams.delete(stream)
    }
  })
}

async function passOn(
  subscription: BusSubscription,
  write: (text: string) => Promise<unknown>,
): Promise<void> {
  for (let frames = await subscription.next(); frames; frames = await subscription.next())
    await write(frames.map(eventText).join(''))
}

/** WHATWG HTML §9.2; JSON has no line breaks of its own. */
function eventText({ event, json }: BusFrame): string {
  return `event: ${event}\ndata: ${json}\n\n`
}

function queryOf({ req }: Context): object {
  return { ...req.query(), ...topicsOf(req.queries('topic')) }
}

function topicsOf(written: string[] | undefined): { topic?: string[] } {
  return written === undefined ? {} : { topic: written.flatMap((text) => text.split(',')) }
}
