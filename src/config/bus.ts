import * as z from 'zod'
import { duration, numeric, size } from './fields.ts'
import type { BusPolicy } from './policy.ts'

/** The keys of `[bus]`: what messages between workers may cost this daemon. */
export const busFields = {
  timeout: duration(
    '5s',
    ['1ms', '60s'],
    'How long a request waits for its answer when the asker says nothing; at most 60 s.',
  ),
  max_message: size(
    '256K',
    ['1K', '4M'],
    'The largest message, request or answer, as JSON; larger ones are refused. What is larger belongs in a file, and its path in the message.',
  ),
  max_subscribers: numeric(
    100,
    { min: 1, max: 256, whole: true, unit: 'connections' },
    'How many may listen or respond at the same time by each way in (socket, workers, TCP); each is a connection.',
  ),
  max_queued: numeric(
    1000,
    { min: 1, max: 100_000, whole: true, unit: 'messages' },
    'How many messages may wait for one subscriber. One that reads too slowly loses the oldest, is told how many, and slows nobody.',
  ),
  max_queued_size: size(
    '4M',
    ['64K', '1G'],
    'How many bytes may wait for one subscriber; times max_subscribers it is what those of one way in can cost in memory.',
  ),
  max_requests: numeric(
    200,
    { min: 1, max: 256, whole: true, unit: 'requests' },
    'How many requests may wait for their answers at the same time; the next are refused at once.',
  ),
  cache_size: size(
    '16M',
    ['0B', '1G'],
    'How many bytes of answers are kept for those who ask with cache_ms; the oldest go first. "0B": none is kept.',
  ),
}

export const busSchema = z
  .strictObject(busFields)
  .prefault({})
  .meta({ description: 'The bus: messages between workers.' })

export function busOf(parsed: z.output<typeof busSchema>): BusPolicy {
  return {
    timeoutMs: parsed.timeout,
    maxMessageBytes: parsed.max_message,
    maxSubscribers: parsed.max_subscribers,
    maxQueued: parsed.max_queued,
    maxQueuedBytes: parsed.max_queued_size,
    maxRequests: parsed.max_requests,
    cacheBytes: parsed.cache_size,
  }
}
