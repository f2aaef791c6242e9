import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { streamSSE } from 'hono/streaming'
import type { Server } from 'node:http'
import type { ServerEvent } from '../contract/outputs.ts'
import { actorHeader, apiLimits, apiVersionHeader, routes, type Route } from '../contract/routes.ts'
import { apiVersion } from '../contract/views.ts'
import { isDeeperThan } from '../domain/json-levels.ts'
import { taskLimits } from '../domain/task.ts'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Service } from '../ports/service.ts'
import { actorOf } from './actor.ts'
import { beat } from './beat.ts'
import { type BusCallers, createBusCallers } from './bus/callers.ts'
import { serveBus } from './bus/stream.ts'
import { bearerOf, type Caller } from './caller.ts'
import { createPresence, type Presence } from './attempts/presence.ts'
import { createOpenGrants, type OpenGrants } from './capacity/open-grants.ts'
import { EventStream } from './event-stream.ts'
import { createHandlers, type PlainRoute } from './handlers.ts'
import { parseInput } from './input.ts'
import { envelope, Refusal, refusalOf } from './refusal.ts'
import type { DaemonServices } from './services.ts'
import { listenOn } from './socket.ts'

export interface ApiServerOptions {
  services: DaemonServices
  /** Absolute, at most 107 bytes. Its folder exists. */
  socketPath: string
  clock: Clock
  logger: Logger
  limits?: Partial<typeof apiServerLimits>
}

/** What a client may cost us. */
export const apiServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** For a handler; the database's own timeouts are shorter and say more. */
  answerTimeoutMs: 30_000,
  connections: 256,
  subscribers: 64,
  heartbeatMs: 15_000,
}

type App = Hono<{ Bindings: HttpBindings }>
type AppContext = Context<{ Bindings: HttpBindings }>

/** Serves the contract on a unix socket. Whatever a client sends, the daemon goes on. */
export function createApiServer(options: ApiServerOptions): Service {
  const limits = { ...apiServerLimits, ...options.limits }
  const streams = new Set<EventStream>()
  const busStreams = new Set<{ end(): void }>()
  const presence = createPresence(options.services.attempts)
  const grants = createOpenGrants(options.clock)
  const callers = createBusCallers(options.services.attempts, presence, options.clock)
  const server = httpServer(
    createApp({ ...options, limits, streams, busStreams, presence, grants, callers }),
    limits,
  )

  return {
    async start() {
      await listenOn(server, options.socketPath)
      server.on('error', (error) => options.logger.error({ error: error.message }, 'API server'))
    },
    async stop(deadlineMs = 1000) {
      await close(server, [...streams, ...busStreams], options.clock, deadlineMs)
      grants.close()
      await presence.close(deadlineMs)
    },
  }
}

function httpServer(app: App, limits: typeof apiServerLimits): Server {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 5000,
      maxHeaderSize: 16 * 1024,
    },
  }) as Server
  server.maxConnections = limits.connections
  return server
}

/** Ends streams, waits for requests at work until the deadline, then cuts what is left. */
async function close(
  server: Server,
  streams: readonly { end(): void }[],
  clock: Clock,
  deadlineMs: number,
): Promise<void> {
  if (!server.listening) return
  for (const stream of streams) stream.end()
  await new Promise<void>((resolve) => {
    const timer = clock.after(deadlineMs, () => server.closeAllConnections())
    server.close(() => {
      timer.cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}

interface AppOptions extends Omit<ApiServerOptions, 'limits'> {
  limits: typeof apiServerLimits
  streams: Set<EventStream>
  busStreams: Set<{ end(): void }>
  presence: Presence
  grants: OpenGrants
  callers: BusCallers
}

function createApp(options: AppOptions): App {
  const app: App = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header(apiVersionHeader, String(apiVersion))
  })
  app.use(bodyLimit({ maxSize: apiLimits.bodyBytes, onError: tooLarge }))
  app.notFound(({ req }) => {
    throw new Refusal(404, 'route.not_found', `There is no ${req.method} ${req.path}`)
  })
  app.onError((error, context) => answerError(error, context, options.logger))

  const handlers = createHandlers(options.services, options)
  for (const name of Object.keys(handlers) as PlainRoute[]) {
    const { method, path, answerWithinMs = options.limits.answerTimeoutMs }: Route = routes[name]
    app.on(method, path, async (context) => {
      const input = parseInput(name, await rawInput(context))
      const handle = handlers[name] as (input: object, by: string, caller: Caller) => Promise<object>
      const tooLate = new AbortController()
      const answer = handle(input, actorOf(context.req.header(actorHeader)), {
        bearer: bearerOf(context.req.header('authorization')),
        gone: AbortSignal.any([context.req.raw.signal, tooLate.signal]),
      })
      return context.json(await withDeadline(answer, options.clock, answerWithinMs, tooLate))
    })
  }
  app.get(routes.events.path, (context) => serveEvents(context, options))
  const busDeps = { ...options, heartbeatMs: options.limits.heartbeatMs, streams: options.busStreams }
  app.get(routes.subscribeBus.path, (context) => {
    const by = actorOf(context.req.header(actorHeader))
    return serveBus(context, { by, bearer: bearerOf(context.req.header('authorization')) }, busDeps)
  })
  return app
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
  if (refusal.status === 401) context.header('www-authenticate', 'Bearer')
  return context.json(envelope(refusal), refusal.status)
}

/** Path, query and body as one flat object; the path wins. */
async function rawInput(context: AppContext): Promise<object> {
  const { req } = context
  const sent = req.method === 'GET' ? req.query() : await jsonBody(await req.text())
  return { ...sent, ...req.param() }
}

async function jsonBody(text: string): Promise<object> {
  if (text === '') return {}
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new Refusal(400, 'request.not_json', `The body is not JSON: ${messageOf(error)}`)
  }
  if (isDeeperThan(levelsMax, body)) throw tooDeep()
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new Refusal(400, 'request.not_object', 'The body is not a JSON object')
}

/** A result, and the body around it. What is checked and cleaned by recursion would end the stack with a deeper one. */
const levelsMax = taskLimits.resultLevels + 1

function tooDeep(): Refusal {
  return new Refusal(
    400,
    'request.too_deep',
    `The body is nested deeper than ${levelsMax} levels`,
    `A result may have ${taskLimits.resultLevels}. Write a deeper one to a file and send its path.`,
  )
}

function withDeadline<T>(
  answer: Promise<T>,
  clock: Clock,
  timeoutMs: number,
  tooLate: AbortController,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => {
      tooLate.abort()
      reject(new Refusal(504, 'daemon.slow', `The daemon found no answer within ${timeoutMs} ms`))
    }
    const timer = clock.after(timeoutMs, late)
    answer.then(resolve, reject).finally(() => timer.cancel())
  })
}

function serveEvents(
  context: AppContext,
  { services, streams, limits, clock, logger }: AppOptions,
): Response {
  if (streams.size >= limits.subscribers) {
    throw new Refusal(503, 'events.full', `All ${limits.subscribers} places for listeners are taken`)
  }
  const events = new EventStream(services)
  streams.add(events)
  return streamSSE(context, async (sse) => {
    sse.onAbort(() => events.end())
    const write = ({ event, data }: ServerEvent) => sse.writeSSE({ event, data: JSON.stringify(data) })
    const stopBeating = beat(clock, limits.heartbeatMs, async () => {
      await sse.write(': still here\n\n')
    })
    try {
      await write({ event: 'snapshot', data: await services.status() })
      for (let event = await events.next(); event && !sse.aborted; event = await events.next()) {
        await write(event)
      }
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'an event stream ended early')
    } finally {
      stopBeating()
      events.end()
      streams.delete(events)
    }
  })
}
