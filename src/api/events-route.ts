import type { ServerEvent } from '../contract/outputs.ts'
import type { LedgerEntry } from '../domain/ledger-event.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { beat } from './beat.ts'
import { type EventLog, parsePlace, type Place, placeText } from './event-log.ts'
import { EventStream, type PlacedEvent } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { headerOf } from './header.ts'
import { Refusal } from './refusal.ts'
import { eventText, serveEventStream } from './server-sent-events.ts'
import type { DaemonServices } from './services.ts'

export interface EventsDeps {
  services: Pick<DaemonServices, 'status' | 'ledger'>
  log: EventLog
  /** Those that are open, to be ended with the server. */
  streams: Set<{ end(): void }>
  subscribers: number
  heartbeatMs: number
  clock: Clock
  logger: Logger
}

/**
 * `GET /v1/events`: the state, then what changes, none lost between (it subscribes before it looks). Who comes back with
 * Last-Event-ID goes on where it was; where that is no longer possible it is told so, and gets the state anew and what the ledger
 * has noted since.
 */
export async function serveEvents({ incoming, outgoing }: Exchange, deps: EventsDeps): Promise<void> {
  const { log, streams } = deps
  if (streams.size >= deps.subscribers)
    throw new Refusal(503, 'events.full', `All ${deps.subscribers} places for listeners are taken`)
  const seen = parsePlace(headerOf(incoming, 'last-event-id'))
  const events = new EventStream(log, seen !== null && isWithin(log, seen) ? seen.seq : null)
  streams.add(events)
  await serveEventStream(
    outgoing,
    async (write) => {
      const stopBeating = beat(deps.clock, deps.heartbeatMs, () => write(': still here\n\n'))
      try {
        for await (const { id, event } of tellingOf(events, seen, deps)) {
          if (outgoing.destroyed) break
          await write(eventText({ id, event: event.event, json: JSON.stringify(event.data) }))
        }
      } catch (error) {
        deps.logger.warn({ error: messageOf(error) }, 'an event stream ended early')
      } finally {
        stopBeating()
        events.end()
        streams.delete(events)
      }
    },
    () => events.end(),
  )
}

/** Whether what follows this place is all kept. */
export function isWithin({ boot, oldest, head }: EventLog, seen: Place): boolean {
  return seen.boot === boot && seen.seq >= oldest - 1 && seen.seq <= head
}

/** What is read from the ledger for somebody who was away; before that, they are told how much they missed. */
const replayedMax = 1_000
const replayedAtOnce = 200

/**
 * All that one subscriber is told.
 * @param events begins after what was seen, where that is kept, else with the present
 * @param seen null: nothing
 */
export async function* tellingOf(
  events: EventStream,
  seen: Place | null,
  { services, log }: Pick<EventsDeps, 'services' | 'log'>,
): AsyncGenerator<PlacedEvent, void> {
  const { place } = events
  const isNew = seen === null || seen.boot !== place.boot || seen.seq !== place.seq
  const { from, missed } = seen === null ? { from: place.ledgerId, missed: 0 } : ledgerSince(seen, place)
  // Whose stream breaks while the ledger is told again goes on from there.
  const placed = (event: ServerEvent, ledgerId = from): PlacedEvent => ({
    id: placeText({ ...place, ledgerId }),
    event,
  })
  if (seen !== null && (isNew || missed > 0)) {
    const reason = seen.boot === log.boot ? 'too_old' : 'restarted'
    // Until the state has been told, whoever comes back is as far as it was.
    yield { id: placeText(seen), event: { event: 'gap', data: { reason, missedEntries: missed } } }
  }
  if (isNew) yield placed({ event: 'snapshot', data: await services.status() })
  for (const entries of entriesBetween(services, from, place.ledgerId))
    yield placed({ event: 'ledger', data: entries }, entries.at(-1)?.id)
  for (let next = await events.next(); next !== undefined; next = await events.next()) yield next
}

/** From which entry on the ledger is told again, and how many before it are not. */
function ledgerSince(seen: Place, { ledgerId: last }: Place): { from: number; missed: number } {
  // A ledger that is younger than what was seen is another one.
  const from = seen.ledgerId > last ? 0 : seen.ledgerId
  const missed = Math.max(0, last - replayedMax - from)
  return { from: from + missed, missed }
}

function* entriesBetween(
  { ledger }: EventsDeps['services'],
  from: number,
  last: number,
): Generator<LedgerEntry[], void> {
  for (let afterId = from; afterId < last;) {
    const read = ledger.read({ afterId, limit: replayedAtOnce }).filter(({ id }) => id <= last)
    const next = read.at(-1)?.id
    if (next === undefined) return
    yield read
    afterId = next
  }
}
