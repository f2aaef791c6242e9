import type { Server } from 'node:http'
import type { ApiPolicy } from '../config/policy.ts'
import type { ApiView } from '../contract/views.ts'
import { parseAttemptKey } from '../domain/attempt-key.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Service } from '../ports/service.ts'
import type { ApiToken } from './api-token.ts'
import { type App, createApp } from './app.ts'
import { keyHashOf } from './attempts/shown-attempt.ts'
import { createPresence } from './attempts/presence.ts'
import { createBusCallers } from './bus/callers.ts'
import { serveBus } from './bus/stream.ts'
import { createOpenGrants } from './capacity/open-grants.ts'
import { type Door, ownerDoor, workerDoor } from './door.ts'
import { EventLog } from './event-log.ts'
import { serveEvents } from './events-route.ts'
import { createHandlers } from './handlers.ts'
import { serveLog } from './logs/route.ts'
import { closeServer, createHttpServer } from './http-server.ts'
import type { DaemonServices } from './services.ts'
import { listenOn } from './socket.ts'
import type { TcpDoorDeps } from './tcp-guard.ts'
import { createTcpPart } from './tcp-part.ts'
import { createTraffic } from './traffic.ts'
import { createWorkerSocket } from './worker-socket.ts'

export interface ApiServerOptions {
  services: DaemonServices
  /** Absolute, at most 107 bytes. Its folder exists. */
  socketPath: string
  /** The ways in beside that socket; none by default. */
  more?: MoreDoors
  clock: Clock
  logger: Logger
  limits?: Partial<typeof apiServerLimits>
}

export interface MoreDoors {
  policy: ApiPolicy
  obtainToken(policy: ApiPolicy): Promise<ApiToken>
  /** Of this process, whose folder that of the workers' socket has to be. */
  uid: number
  /** Some worker can ask the daemon in no other way. */
  needsWorkerSocket: boolean
  rates?: TcpDoorDeps['rates']
}

/** The API of a daemon, with all its ways in. */
export interface ApiServer extends Service {
  view(): ApiView
  /** Who listens to the events, by any way. */
  readonly listeners: number
  /** What an operator should do something about, in plain words. */
  complaints(): string[]
  /** Reads the token again. @returns what puts the policy into force; @throws UserError, and nothing has changed */
  prepare(policy: ApiPolicy): Promise<() => Promise<void>>
}

/** What a client may cost us; each way in has connections of its own. */
export const apiServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  answerTimeoutMs: 30_000,
  /** More than all that may wait or listen together (`apiLimits`, `[bus]`): none of those keeps an operator out. */
  connections: 1024,
  /** Over TCP and on the workers' socket; more than the longest answer takes. */
  idleTimeoutMs: 330_000,
  subscribers: 64,
  heartbeatMs: 15_000,
}

/** Serves the contract. Whatever a client sends, the daemon goes on. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { services, socketPath, more, clock, logger } = options
  const limits = { ...apiServerLimits, ...options.limits }
  const { keys, random } = services.attempts
  /** Of each door, which has places of its own: nobody takes another's. */
  const streamsOfDoors: Set<{ end(): void }>[] = []
  const logsOfDoors: Set<{ end(): void }>[] = []
  const busStreams = new Set<{ end(): void }>()
  const traffic = createTraffic()
  const log = new EventLog(services, random.hex(4))
  const presence = createPresence(services.attempts)
  const grants = createOpenGrants(clock)
  const callers = createBusCallers(services.attempts, presence, clock)
  const handlers = createHandlers(services, { presence, grants, callers })
  const shared = { services, clock, logger, heartbeatMs: limits.heartbeatMs }

  const makeApp = (door: Door): App => {
    const streams = new Set<{ end(): void }>()
    streamsOfDoors.push(streams)
    const logStreams = new Set<{ end(): void }>()
    logsOfDoors.push(logStreams)
    return createApp({
      door,
      handlers,
      services,
      traffic,
      version: services.identity().version,
      answerTimeoutMs: limits.answerTimeoutMs,
      clock,
      logger,
      streams: {
        events: (exchange) =>
          serveEvents(exchange, { ...shared, log, streams, subscribers: limits.subscribers }),
        followLog: (exchange) => serveLog(exchange, { ...shared, streams: logStreams }),
        subscribeBus: (exchange, asker) =>
          serveBus(exchange, asker, { ...shared, callers, streams: busStreams }),
      },
    })
  }
  const makeServer = (app: App, idleTimeoutMs = limits.idleTimeoutMs): Server =>
    createHttpServer(app, { ...limits, idleTimeoutMs }, clock)
  const isKnown = async (shown: string): Promise<boolean> => {
    const key = parseAttemptKey(shown)
    return key !== undefined && (await keys.find({ taskId: key.taskId, keyHash: keyHashOf(key) })) !== null
  }

  const server = makeServer(makeApp(ownerDoor), 0)
  const workers =
    more &&
    createWorkerSocket(makeServer(makeApp(workerDoor(isKnown))), {
      path: more.policy.workerSocket,
      uid: more.uid,
      clock,
      logger,
    })
  const tcp =
    more &&
    createTcpPart({
      obtainToken: (policy) => more.obtainToken(policy),
      makeApp,
      makeServer,
      isKnown,
      clock,
      logger,
      ...(more.rates === undefined ? {} : { rates: more.rates }),
    })

  return {
    async start() {
      const openTcp = more && (await tcp?.prepare(more.policy))
      await listenOn(server, socketPath)
      server.on('error', (error) => logger.error({ error: error.message }, 'API server'))
      log.start()
      await workers?.open()
      await openTcp?.()
    },
    async stop(deadlineMs = 1000) {
      for (const streams of [...streamsOfDoors, ...logsOfDoors, busStreams])
        for (const stream of streams) stream.end()
      await Promise.all([
        closeServer(server, clock, deadlineMs),
        workers?.close(deadlineMs),
        tcp?.stop(deadlineMs),
      ])
      log.stop()
      grants.close()
      await presence.close(deadlineMs)
    },
    get listeners() {
      return streamsOfDoors.reduce((sum, { size }) => sum + size, 0)
    },
    view: () => ({
      socket: socketPath,
      workerSocket: workers?.path ?? null,
      url: tcp?.listener?.url ?? null,
      tokenFile: fileOf(tcp?.token ?? null),
      absence: tcp?.listener?.absence ?? null,
    }),
    complaints() {
      const { listener = null } = tcp ?? {}
      const absences = [
        listener?.isFault === true ? listener.absence : null,
        more?.needsWorkerSocket === true ? (workers?.absence ?? null) : null,
      ]
      return absences.filter((one) => one !== null)
    },
    prepare: async (policy) => (await tcp?.prepare(policy)) ?? (async () => {}),
  }
}

function fileOf(token: ApiToken | null): string | null {
  return token !== null && 'file' in token.from ? token.from.file : null
}
