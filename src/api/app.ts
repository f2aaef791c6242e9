import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import {
  actorHeader,
  apiVersionHeader,
  routes,
  type PlainRoute,
  type Route,
  type StreamRoute,
} from '../contract/routes.ts'
import { apiVersion } from '../contract/views.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { actorOf } from './actor.ts'
import { bearerOf, type Caller } from './caller.ts'
import type { Door } from './door.ts'
import type { Handlers } from './handlers.ts'
import { parseInput } from './input.ts'
import { wantedOf } from './metrics/accepted.ts'
import { contentTypes } from './metrics/exposition.ts'
import { metricsText } from './metrics/metrics-text.ts'
import { envelope, Refusal, refusalOf } from './refusal.ts'
import { rawInput } from './request-input.ts'
import { seedRoutes } from './seed-routes.ts'
import type { DaemonServices } from './services.ts'
import { preflightHeaders } from './tcp-guard.ts'
import { withDeadline } from './with-deadline.ts'

interface Environment {
  Bindings: HttpBindings
  Variables: {
    /** What the door leaves of the bearer that was shown: never the API token. */
    bearer: string | null
  }
}
export type App = Hono<Environment>
export type AppContext = Context<Environment>

/** Who asks, for what answers with a stream. */
export interface Asker {
  by: string
  /** As of a `Caller`. */
  bearer: string | null
}

export interface AppOptions {
  door: Door
  handlers: Handlers
  services: DaemonServices
  /** Of this program. */
  version: string
  streams: Record<StreamRoute, (context: AppContext, asker: Asker) => Response | Promise<Response>>
  /** For a handler; the database's own timeouts are shorter and say more. */
  answerTimeoutMs: number
  clock: Clock
  logger: Logger
}

/** The routes as they are behind one door. */
export function createApp(options: AppOptions): App {
  const { door, handlers, streams, services } = options
  const app: App = new Hono()
  app.use(guarding(door))
  app.notFound(({ req }) => {
    throw new Refusal(404, 'route.not_found', `There is no ${req.method} ${req.path}`)
  })
  app.onError((error, context) => answerError(error, context, options.logger))

  for (const path of [routes.metrics.path, metricsPath])
    app.get(path, admission(door, routes.metrics), textForScrapers(services, options))
  for (const name of Object.keys(handlers) as PlainRoute[]) {
    const handle = handlers[name] as (input: object, by: string, caller: Caller) => Promise<object>
    mount(app, routes[name], options, async (raw, by, caller) => handle(parseInput(name, raw), by, caller))
  }
  mount(app, scrapedMetrics.route, options, (_, by, caller) => handlers.metrics({}, by, caller))
  const seeds = seedRoutes(handlers)
  for (const seed of seeds) mount(app, seed.route, options, (_, by, caller) => seed.ask(by, caller))
  mount(app, openApiRoute, options, async () => {
    // Loaded when it is asked for: it makes schemas of all inputs.
    const { openApiDocument } = await import('../contract/open-api.ts')
    return openApiDocument(options.version, [...seeds, scrapedMetrics])
  })
  for (const [name, serve] of Object.entries(streams) as [StreamRoute, (typeof streams)[StreamRoute]][])
    app.get(routes[name].path, admission(door, routes[name]), (context) =>
      serve(context, { by: byWhom(context, door), bearer: context.get('bearer') }),
    )
  return app
}

/** Where dashboards and scrapers look for it. */
const metricsPath = '/metrics'
const scrapedMetrics = {
  name: 'scrapeMetrics',
  route: { ...routes.metrics, path: metricsPath },
  summary: 'The same as /v1/metrics',
}
/** Where the API describes itself. It tells nothing of the fleet. */
const openApiRoute = { method: 'GET', path: '/openapi.json', open: true } as const satisfies Route

function guarding(door: Door): MiddlewareHandler<Environment> {
  return async (context, next) => {
    const headers = door.guard(context.env.incoming)
    if (context.req.method === 'OPTIONS' && allowsPage(headers)) {
      context.res = context.body(null, 204, { ...headers, ...preflightHeaders })
      return
    }
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
    await next()
    context.header(apiVersionHeader, String(apiVersion))
  }
}

type Ask = (raw: object, by: string, caller: Caller) => Promise<object>

/** Answers one route with what is asked, in time. Its body is looked at only when it is known that its sender may ask at all. */
function mount(app: App, route: Route, { door, clock, answerTimeoutMs }: AppOptions, ask: Ask): void {
  app.on(route.method, route.path, admission(door, route), async (context) => {
    const raw = await rawInput(context)
    const gone = goneWith(context.env.outgoing)
    const caller = { bearer: context.get('bearer'), gone: gone.signal }
    const answer = ask(raw, byWhom(context, door), caller)
    return context.json(await withDeadline(answer, clock, route.answerWithinMs ?? answerTimeoutMs, gone))
  })
}

/** Aborted when the caller hangs up before it has its answer. (The request's own signal costs a whole Request of undici's.) */
function goneWith(outgoing: HttpBindings['outgoing']): AbortController {
  const gone = new AbortController()
  if (outgoing.destroyed) gone.abort()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  return gone
}

/** Metrics as text for who asks for that; everybody else is answered as by any route. */
function textForScrapers(
  services: DaemonServices,
  { clock, answerTimeoutMs }: AppOptions,
): MiddlewareHandler<Environment> {
  return async (context, next) => {
    context.header('vary', 'accept')
    const wanted = wantedOf(context.req.header('accept'))
    if (wanted === 'json') {
      await next()
      return
    }
    const text = metricsText(services, wanted)
    context.res = context.body(await withDeadline(text, clock, answerTimeoutMs, new AbortController()), 200, {
      'content-type': contentTypes[wanted],
    })
  }
}

function byWhom(context: AppContext, { place }: Door): string {
  return actorOf(context.req.header(actorHeader), place)
}

function allowsPage(headers: Readonly<Record<string, string>>): boolean {
  return headers['access-control-allow-origin'] !== undefined
}

export function admission(door: Door, route: Route): MiddlewareHandler<Environment> {
  return async (context, next) => {
    const bearer = bearerOf(context.req.header('authorization'))
    context.set('bearer', await door.admit(route, { request: context.env.incoming, bearer }))
    await next()
  }
}

function answerError(error: unknown, context: AppContext, logger: Logger): Response {
  const refusal = refusalOf(error)
  if (refusal.status === 500) {
    logger.error(
      { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
      'request failed',
    )
  }
  context.header(apiVersionHeader, String(apiVersion))
  for (const [name, value] of Object.entries(refusal.headers)) context.header(name, value)
  return context.json(envelope(refusal), refusal.status)
}
