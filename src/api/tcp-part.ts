import type { Server } from 'node:http'
import type { ApiPolicy } from '../config/policy.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { ApiToken } from './api-token.ts'
import type { App } from './app.ts'
import type { Door } from './door.ts'
import { closeServer } from './http-server.ts'
import { createTcpListener, type TcpListener } from './tcp-listener.ts'
import { tcpDoor, type TcpDoorDeps } from './tcp-guard.ts'

/** The API over TCP, as the configuration has it. */
export interface TcpPart {
  /** Null: the configuration wants none, or there is none yet. */
  readonly listener: TcpListener | null
  readonly token: ApiToken | null
  /** Reads the token. @returns what puts the policy into force; @throws UserError, and nothing has changed */
  prepare(policy: ApiPolicy): Promise<() => Promise<void>>
  stop(deadlineMs: number): Promise<void>
}

export interface TcpPartDeps {
  obtainToken(policy: ApiPolicy): Promise<ApiToken>
  makeApp(door: Door): App
  makeServer(app: App): Server
  isKnown: TcpDoorDeps['isKnown']
  rates?: TcpDoorDeps['rates']
  clock: Clock
  logger: Logger
}

interface Open {
  listen: NonNullable<ApiPolicy['listen']>
  listener: TcpListener
  server: Server
}

/** What was asked on the old address may be answered within so long. */
const movedMs = 5_000

export function createTcpPart(deps: TcpPartDeps): TcpPart {
  const { clock, logger } = deps
  let open: Open | null = null
  let app: App | null = null
  let token: ApiToken | null = null
  /** Settles with the last address that was given up. */
  let closing = Promise.resolve()

  function openAt(listen: Open['listen']): Open {
    const server = deps.makeServer((incoming, outgoing) => {
      // There is one before anybody can come in.
      if (app === null) throw new TypeError('nobody answers yet')
      app(incoming, outgoing)
    })
    return { listen, server, listener: createTcpListener({ listen, server, clock, logger }) }
  }

  function close({ listener, server }: Open, deadlineMs: number): Promise<void> {
    listener.close()
    return closeServer(server, clock, deadlineMs)
  }

  async function move(listen: ApiPolicy['listen']): Promise<void> {
    const before = open
    if (before !== null && listen !== null && isSame(before.listen, listen)) return
    open = listen === null ? null : openAt(listen)
    await open?.listener.open()
    if (before !== null) closing = Promise.all([closing, close(before, movedMs)]).then(() => {})
  }

  return {
    get listener() {
      return open?.listener ?? null
    },
    get token() {
      return token
    },
    async prepare(policy) {
      const nextToken = policy.listen === null ? null : await deps.obtainToken(policy)
      return async () => {
        token = nextToken
        if (nextToken !== null) app = deps.makeApp(tcpDoor({ ...deps, rules: policy, token: nextToken }))
        await move(policy.listen)
      }
    },
    async stop(deadlineMs) {
      const before = open
      open = null
      if (before !== null) await close(before, deadlineMs)
      await closing
    },
  }
}

function isSame(one: Open['listen'], other: Open['listen']): boolean {
  return one.host === other.host && one.port === other.port && one.isWritten === other.isWritten
}
