import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ApiPolicy } from '../config/policy.ts'
import { messageOf } from '../errors.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'

/** Where the API answers over TCP, or tries to. */
export interface TcpListener {
  /** `http://127.0.0.1:3001`; null: nowhere. */
  readonly url: string | null
  /** Why nowhere, in plain words; null: it does, or is about to. */
  readonly absence: string | null
  /** Whether somebody should do something about that: the address was asked for. */
  readonly isFault: boolean
  /** Settles after the first try, however it went. */
  open(): Promise<void>
  /** Nobody comes in any more; who is in stays. */
  close(): void
}

export interface TcpListenerDeps {
  listen: NonNullable<ApiPolicy['listen']>
  server: Server
  clock: Clock
  logger: Logger
}

const retryEveryMs = 1_000

/**
 * An address that somebody wrote down is tried for until it is free: the fleet matters more than one of its ways in, so that a
 * daemon starts without. One that nobody asked for is given up at once, for good: of two daemons on a machine the first has it, and
 * it would be no help if it wandered to the other while the first restarts.
 */
export function createTcpListener({ listen, server, clock, logger }: TcpListenerDeps): TcpListener {
  let absence: string | null = null
  let timer: Timer | undefined
  let isClosed = false

  async function tryOpen(): Promise<void> {
    const failure = await bind(server, listen.host, listen.port)
    if (isClosed) server.close()
    else if (failure === null) opened()
    else blocked(failure)
  }

  function opened(): void {
    absence = null
    server.on('error', (error) => logger.error({ error: error.message }, 'API server (TCP)'))
    logger.info({}, `The API listens on ${urlOf(server)}`)
  }

  function blocked(failure: NodeJS.ErrnoException): void {
    const reason = failure.code === 'EADDRINUSE' ? 'another program has it' : messageOf(failure)
    const cannot = `the API cannot listen on ${addressOf(listen.host, listen.port)}: ${reason}`
    const isNews = absence === null
    if (!listen.isWritten) {
      absence = `${cannot}, so it is on its socket alone; choose a port: [api] listen`
      logger.info({}, absence)
      return
    }
    absence = `${cannot}. Free the port, or choose another: [api] listen`
    if (isNews) logger.error({}, absence)
    timer = clock.after(retryEveryMs, () => void tryOpen(), { background: true })
  }

  return {
    get url() {
      return server.listening ? urlOf(server) : null
    },
    get absence() {
      return absence
    },
    get isFault() {
      return absence !== null && listen.isWritten
    },
    open: tryOpen,
    close() {
      isClosed = true
      timer?.cancel()
      absence = null
    },
  }
}

/** Null: it listens. */
function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      server.off('listening', done)
      resolve(error)
    }
    const done = (): void => {
      server.off('error', fail)
      resolve(null)
    }
    server.once('error', fail)
    server.once('listening', done)
    server.listen({ host, port })
  })
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  return `http://${addressOf(address, port)}`
}

function addressOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
