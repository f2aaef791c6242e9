import createRouter, { type HTTPMethod } from 'find-my-way'
import type { RequestListener, ServerResponse } from 'node:http'
import {
  actorHeader,
  apiVersionHeader,
  routes,
  type PlainRoute,
  type Route,
  type StreamRoute,
} from '../contract/routes.ts'
import type { MetricsView } from '../contract/metrics.ts'
import { apiVersion } from '../contract/views.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { actorOf } from './actor.ts'
import { bearerOf, type Caller } from './caller.ts'
import type { Door } from './door.ts'
import { answerJson, answerText, type Exchange, goneWith } from './exchange.ts'
import type { Handlers } from './handlers.ts'
import { headerOf } from './header.ts'
import { parseInput } from './input.ts'
import { wantedOf } from './metrics/accepted.ts'
import { contentTypes } from './metrics/exposition.ts'
import { metricsText } from './metrics/metrics-text.ts'
import { envelope, Refusal, refusalOf } from './refusal.ts'
import { rawInput } from './request-input.ts'
import { seedRoutes } from './seed-routes.ts'
import { answerStreamHead } from './server-sent-events.ts'
import type { DaemonServices } from './services.ts'
import { preflightHeaders } from './tcp-guard.ts'
import type { Traffic } from './traffic.ts'
import { withDeadline } from './with-deadline.ts'

/** Answers one request, whatever it is; never throws. */
export type App = RequestListener

/** Who asks, for what answers with a stream. */
export interface Asker {
  by: string
  /** As of a `Caller`. */
  isStranger: boolean
  /** As of a `Caller`. */
  bearer: string | null
  /** The place of the door it came by. */
  door: string
}

export interface AppOptions {
  door: Door
  handlers: Handlers
  services: DaemonServices
  traffic: Traffic
  /** Of this program. */
  version: string
  streams: Record<StreamRoute, (exchange: Exchange, asker: Asker) => Promise<void>>
  /** For a handler; the database's own timeouts are shorter and say more. */
  answerTimeoutMs: number
  clock: Clock
  logger: Logger
}

/** The routes as they are behind one door. */
export function createApp(options: AppOptions): App {
  const { door, handlers, streams, traffic } = options
  const router = createRouter({
    maxParamLength: paramCharactersMax,
    defaultRoute: notFound,
    onBadUrl: badUrl,
  })
  const mount = (route: Route, answer: Answer): void => {
    // Whoever asks for a head alone is answered by Node with nothing else.
    const methods: HTTPMethod[] = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]
    const name = `${route.method} ${route.path}`
    router.on(methods, route.path, (incoming, outgoing, params, _, query) => {
      traffic.isFor(outgoing, name)
      return answered({ incoming, outgoing, params, query }, options, route, answer)
    })
  }
  const mountAsked = (route: Route, ask: Ask): void => mount(route, answering(route, options, ask))

  const metrics: Ask = async () => measured(options)
  for (const name of Object.keys(handlers) as PlainRoute[]) {
    if (name === 'metrics') continue
    const handle = handlers[name] as (input: object, by: string, caller: Caller) => Promise<object>
    mountAsked(routes[name], async (raw, by, caller) => handle(parseInput(name, raw), by, caller))
  }
  for (const route of [routes.metrics, scrapedMetrics.route])
    mount(route, textForScrapers(options, answering(route, options, metrics)))
  const seeds = seedRoutes(handlers)
  for (const seed of seeds) mountAsked(seed.route, (_, by, caller) => seed.ask(by, caller))
  // Made when it is first asked for, and once: it makes schemas of all inputs.
  let document: Promise<object> | undefined
  mountAsked(openApiRoute, () => {
    document ??= import('../contract/open-api.ts').then(({ openApiDocument }) =>
      openApiDocument(options.version, [...seeds, scrapedMetrics]),
    )
    return document
  })
  for (const name of Object.keys(streams) as StreamRoute[])
    mount(routes[name], (exchange, asker) =>
      exchange.incoming.method === 'HEAD'
        ? answerStreamHead(exchange.outgoing)
        : streams[name](exchange, asker),
    )

  return (incoming, outgoing) => {
    traffic.began(outgoing)
    try {
      const headers = door.guard(incoming)
      for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
      if (incoming.method === 'OPTIONS' && allowsPage(headers)) {
        outgoing.writeHead(204, preflightHeaders).end()
        return
      }
      outgoing.setHeader(apiVersionHeader, apiVersion)
      router.lookup(incoming, outgoing)
    } catch (error) {
      answerError(error, outgoing, options)
    }
  }
}

/** Names of Jrs, percent-encoded, are the longest; a longer one names nothing. */
const paramCharactersMax = 2_000

/** Where dashboards and scrapers look for it. */
const metricsPath = '/metrics'
const scrapedMetrics = {
  name: 'scrapeMetrics',
  route: { ...routes.metrics, path: metricsPath },
  summary: 'The same as /v1/metrics',
}
/** Where the API describes itself. It tells nothing of the fleet. */
const openApiRoute = { method: 'GET', path: '/openapi.json', open: true } as const satisfies Route

type Ask = (raw: object, by: string, caller: Caller) => Promise<object>

type Answer = (exchange: Exchange, asker: Asker) => Promise<void>

/** Asks the door, then the route; whatever comes of it is answered. */
async function answered(
  exchange: Exchange,
  options: AppOptions,
  route: Route,
  answer: Answer,
): Promise<void> {
  const { incoming, outgoing } = exchange
  const { door } = options
  try {
    const bearerShown = bearerOf(incoming.headers.authorization)
    const shown = { request: incoming, bearer: bearerShown, changes: changesWith(route, exchange.query) }
    const bearer = await door.admit(route, shown)
    const isStranger = door.isStranger?.(shown) ?? false
    const by = actorOf(headerOf(incoming, actorHeader), door.place)
    await answer(exchange, { by, bearer, isStranger, door: door.place })
  } catch (error) {
    answerError(error, outgoing, options)
  }
}

/** Whether what is asked changes anything: all but reading does, and reading with the field that says so. */
function changesWith({ method, changedBy }: Route, query: Exchange['query']): boolean {
  if (method !== 'GET') return true
  const given = changedBy === undefined ? undefined : query[changedBy]
  return given !== undefined && given !== 'false'
}

/** Answers with what is asked, in time. The body is looked at only now that it is known that its sender may ask at all. */
function answering(route: Route, { clock, answerTimeoutMs }: AppOptions, ask: Ask): Answer {
  return async (exchange, { by, bearer, isStranger }) => {
    const raw = await rawInput(exchange)
    const gone = goneWith(exchange.outgoing)
    const answer = ask(raw, by, { bearer, gone: gone.signal, isStranger })
    const timeoutMs = route.answerWithinMs ?? answerTimeoutMs
    answerJson(exchange.outgoing, 200, await withDeadline(answer, clock, timeoutMs, gone))
  }
}

/** Metrics as text for who asks for that; everybody else is answered as by any route. */
function textForScrapers(options: AppOptions, otherwise: Answer): Answer {
  const { services, clock, answerTimeoutMs } = options
  return async (exchange, asker) => {
    const { incoming, outgoing } = exchange
    outgoing.setHeader('vary', 'accept')
    const wanted = wantedOf(incoming.headers.accept)
    if (wanted === 'json') return await otherwise(exchange, asker)
    const text = metricsText({ ...services, metrics: () => measured(options) }, wanted)
    const late = new AbortController()
    answerText(outgoing, 200, contentTypes[wanted], await withDeadline(text, clock, answerTimeoutMs, late))
  }
}

/** All figures of the daemon, the API's own among them. */
function measured({ services, traffic }: Pick<AppOptions, 'services' | 'traffic'>): MetricsView {
  return { ...services.metrics(), api: traffic.view() }
}

function allowsPage(headers: Readonly<Record<string, string>>): boolean {
  return headers['access-control-allow-origin'] !== undefined
}

/** Both are answered as any refusal, by whoever asked the router. */
const notFound = ({ method = '', url = '' }: { method?: string; url?: string }): never => {
  const [path] = url.split('?', 1)
  throw new Refusal(404, 'route.not_found', `There is no ${method} ${path}`)
}

const badUrl = (path: string): never => {
  throw new Refusal(400, 'request.bad_path', `This is no path: ${path}`, 'Percent-encode UTF-8.')
}

function answerError(
  error: unknown,
  outgoing: ServerResponse,
  { logger, traffic }: Pick<AppOptions, 'logger' | 'traffic'>,
): void {
  const refusal = refusalOf(error)
  traffic.refused(refusal.code)
  if (refusal.status === 500) {
    logger.error(
      { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
      'request failed',
    )
  }
  // What has begun cannot be taken back: it ends in the middle, which its reader sees.
  if (outgoing.headersSent) return void outgoing.destroy()
  outgoing.setHeader(apiVersionHeader, apiVersion)
  for (const [name, value] of Object.entries(refusal.headers)) outgoing.setHeader(name, value)
  answerJson(outgoing, refusal.status, envelope(refusal))
}
