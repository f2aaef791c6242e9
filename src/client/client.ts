import type { Inputs } from '../contract/inputs.ts'
import type { BusEvent } from '../contract/bus.ts'
import type { LogEvent } from '../contract/logs.ts'
import type { Outputs, ServerEvent } from '../contract/outputs.ts'
import { actorHeader, apiVersionHeader, routes } from '../contract/routes.ts'
import type { PlainRoute, Route, RouteName, StreamRoute } from '../contract/routes.ts'
import { apiVersion } from '../contract/views.ts'
import type { Clock } from '../ports/clock.ts'
import { type Address, whereOf } from './address.ts'
import { OperationalError } from '../errors.ts'
import { failureOf } from './failure.ts'
import { request, stream, type HttpRequest } from './http.ts'
import { EventReader } from './sse.ts'
import { target } from './target.ts'

export type ClientOptions = Address & {
  /** Who asks, self-declared: `cli:USER`. */
  actor: string
  clock: Clock
  /** For one answer. */
  timeoutMs?: number
  /** Told when an answer takes long, and how long it is waited for at most. */
  onWaiting?: (where: string, timeoutMs: number) => void
  /** Told once when the daemon speaks another version of the API. */
  onSkew?: (daemon: number, ours: number) => void
}

/** The daemon's API, typed by its contract. */
export interface ApiClient {
  /** The socket's path, or the URL. */
  readonly where: string
  /**
   * Throws UserError for what the daemon refuses, OperationalError `daemon.*` when it is out of reach. Aborting the signal
   * gives up the wait at once (with an error); what was asked may be done all the same.
   */
  call<Name extends PlainRoute>(name: Name, input: Inputs[Name], signal?: AbortSignal): Promise<Outputs[Name]>
  /**
   * Calls back on each event, the snapshot first; settles when the daemon ends the stream or the signal is aborted. With a place
   * it goes on where that is, and moves it along.
   */
  events(onEvent: (event: ServerEvent) => void, signal?: AbortSignal, place?: EventPlace): Promise<void>
  /** Reads a log, and follows it unless told otherwise: calls back on each event, and settles as `events` does. */
  followLog(
    input: Inputs['followLog'],
    onEvent: (event: LogEvent) => void,
    options?: { signal?: AbortSignal; room?: HttpRequest['room'] },
  ): Promise<void>
  /** Listens on the bus, or responds there: calls back on each event, and settles as `events` does. */
  subscribe(
    input: Inputs['subscribeBus'],
    onEvent: (event: BusEvent) => void,
    options?: { signal?: AbortSignal; room?: HttpRequest['room'] },
  ): Promise<void>
}

/** Up to where somebody has heard the events; null: nothing yet. */
export interface EventPlace {
  lastId: string | null
}

/** Long enough for a slow database's statement timeout to speak first. */
const defaultTimeoutMs = 35_000
const graceMs = 5_000
/** A person who has seen nothing for so long wants to know why. */
const tellWaitingAfterMs = 1_000

/** A little longer than the daemon takes itself, so that its own answer comes first. */
function timeoutOf({ answerWithinMs }: Route): number {
  return answerWithinMs === undefined ? defaultTimeoutMs : answerWithinMs + graceMs
}

export function createClient(options: ClientOptions): ApiClient {
  let skewTold = false
  const tellSkew = (headers: Record<string, string>) => {
    const daemon = Number(headers[apiVersionHeader])
    if (skewTold || !Number.isInteger(daemon) || daemon === apiVersion) return
    skewTold = true
    options.onSkew?.(daemon, apiVersion)
  }
  const base = (name: RouteName, input: object): HttpRequest => ({
    address: options,
    clock: options.clock,
    timeoutMs: options.timeoutMs ?? timeoutOf(routes[name]),
    headers: { Accept: 'application/json', [actorHeader]: encodeURIComponent(options.actor) },
    ...target(routes[name], input),
  })

  return {
    where: whereOf(options),
    async call(name, input, signal) {
      const asked = { ...base(name, input), ...(signal ? { signal } : {}) }
      const tell = options.clock.after(tellWaitingAfterMs + answerersMs(name, input), () =>
        options.onWaiting?.(whereOf(options), asked.timeoutMs),
      )
      const response = await request(asked).finally(() => tell.cancel())
      tellSkew(response.headers)
      if (response.status >= 300) throw failureOf(response)
      return jsonOf(response.body, options) as Outputs[typeof name]
    },
    events: (onEvent, signal, place = { lastId: null }) =>
      listen(
        'events',
        {},
        new EventReader<ServerEvent>(onEvent, (id) => void (place.lastId = id)),
        signal === undefined ? {} : { signal },
        place.lastId,
      ),
    followLog: (input, onEvent, how = {}) => listen('followLog', input, new EventReader(onEvent), how),
    subscribe: (input, onEvent, how = {}) => listen('subscribeBus', input, new EventReader(onEvent), how),
  }

  async function listen(
    name: StreamRoute,
    input: object,
    reader: { push(chunk: Buffer): void },
    how: Pick<HttpRequest, 'signal' | 'room'>,
    lastId: string | null = null,
  ): Promise<void> {
    let refusal = ''
    const asked = { ...base(name, input), ...how }
    if (lastId !== null) asked.headers = { ...asked.headers, 'Last-Event-ID': lastId }
    const head = await stream(asked, ({ status, headers }, chunk) => {
      tellSkew(headers)
      if (status >= 300) refusal += chunk.toString('utf8')
      else reader.push(chunk)
    })
    if (head.status >= 300) throw failureOf({ ...head, body: refusal })
  }
}

/** Something else may answer on a port. */
function jsonOf(body: string, address: Address): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new OperationalError(`What answers on ${whereOf(address)} is not jrctl: its answer is no JSON`, {
      code: 'daemon.broken',
      retryable: false,
      cause: error,
    })
  }
}

/** For so long whoever responds on the bus is waited for, and not the daemon. */
function answerersMs(name: PlainRoute, input: object): number {
  if (name !== 'requestBus') return 0
  return 'timeout_ms' in input && typeof input.timeout_ms === 'number' ? input.timeout_ms : usualBusTimeoutMs
}

/** The default of `[bus] timeout`. */
const usualBusTimeoutMs = 5_000
