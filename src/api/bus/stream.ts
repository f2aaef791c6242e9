import type { BusSubscription } from '../../ports/bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Asker } from '../app.ts'
import { beat } from '../beat.ts'
import { type Exchange, goneWith, onceEach } from '../exchange.ts'
import { parseInput } from '../input.ts'
import { eventText, serveEventStream, type Write } from '../server-sent-events.ts'
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
  { outgoing, query }: Exchange,
  { by, bearer, door }: Pick<Asker, 'by' | 'bearer' | 'door'>,
  deps: BusStreamDeps,
): Promise<void> {
  const { topic: patterns, respond } = parseInput('subscribeBus', queryOf(query))
  const { from, taskId } = await deps.callers.callerOf(by, { bearer, gone: goneWith(outgoing).signal })
  const verdict = deps.services.bus.subscribe({ patterns, respond, from, door })
  if (verdict.kind !== 'subscribed') throw subscribeRefusal(verdict)
  const { subscription } = verdict
  const stream = { end: () => subscription.close() }
  deps.streams.add(stream)
  // An attempt listens no longer than it lives.
  const unsubscribe = deps.services.subscribe((change) => {
    if (taskId !== null && change.kind === 'ended' && change.taskId === taskId) subscription.end()
  })
  await serveEventStream(
    outgoing,
    async (write) => {
      const stopBeating = beat(deps.clock, deps.heartbeatMs, () => write(': still here\n\n'))
      try {
        await passOn(subscription, write)
      } finally {
        stopBeating()
        unsubscribe()
        subscription.end()
        deps.streams.delete(stream)
      }
    },
    () => subscription.end(),
  )
}

async function passOn(subscription: BusSubscription, write: Write): Promise<void> {
  for (let frames = await subscription.next(); frames; frames = await subscription.next())
    await write(frames.map(eventText).join(''))
}

function queryOf(query: Exchange['query']): object {
  const { topic, ...others } = query
  return { ...onceEach(others), ...topicsOf(topic) }
}

function topicsOf(written: string | string[] | undefined): { topic?: string[] } {
  return written === undefined ? {} : { topic: [written].flat().flatMap((text) => text.split(',')) }
}
