import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import {
  actorHeader,
  apiLimits,
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
import { envelope, Refusal, refusalOf } from './refusal.ts'
import { rawInput } from './request-input.ts'
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
  streams: Record<StreamRoute, (context: AppContext, asker: Asker) => Response | Promise<Response>>
  /** For a handler; the database's own timeouts are shorter and say more. */
  answerTimeoutMs: number
  clock: Clock
  logger: Logger
}

/** The contract's routes as they are behind one door. */
export function createApp(options: AppOptions): App {
  const { door, handlers, streams, clock } = options
  const app: App = new Hono()
  app.use(async (context, next) => {
    const headers = door.guard(context.env.incoming)
    if (context.req.method === 'OPTIONS' && allowsPage(headers))
      return context.body(null, 204, { ...headers, ...preflightHeaders })
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
    await next()
    context.header(apiVersionHeader, String(apiVersion))
  })
  app.notFound(({ req }) => {
    throw new Refusal(404, 'route.not_found', `There is no ${req.method} ${req.path}`)
  })
  app.onError((error, context) => answerError(error, context, options.logger))

  // A body is looked at only when it is known that its sender may ask at all.
  const limited = bodyLimit({ maxSize: apiLimits.bodyBytes, onError: tooLarge })
  for (const name of Object.keys(handlers) as PlainRoute[]) {
    const route: Route = routes[name]
    app.on(route.method, route.path, admission(door, route), limited, async (context) => {
      const input = parseInput(name, await rawInput(context))
      const handle = handlers[name] as (input: object, by: string, caller: Caller) => Promise<object>
      const tooLate = new AbortController()
      const answer = handle(input, actorOf(context.req.header(actorHeader), door.place), {
        bearer: context.get('bearer'),
        gone: AbortSignal.any([context.req.raw.signal, tooLate.signal]),
      })
      const withinMs = route.answerWithinMs ?? options.answerTimeoutMs
      return context.json(await withDeadline(answer, clock, withinMs, tooLate))
    })
  }
  for (const [name, serve] of Object.entries(streams) as [StreamRoute, (typeof streams)[StreamRoute]][])
    app.get(routes[name].path, admission(door, routes[name]), (context) =>
      serve(context, {
        by: actorOf(context.req.header(actorHeader), door.place),
        bearer: context.get('bearer'),
      }),
    )
  return app
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

function tooLarge(): never {
  throw new Refusal(
    413,
    'request.too_large',
    `The body is larger than ${apiLimits.bodyBytes} bytes`,
    'Send fewer tasks at a time.',
  )
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
