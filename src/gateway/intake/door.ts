import type { Server } from 'node:http'
import { createServer as createProbe, type Server as Probe } from 'node:net'
import { messageOf } from '../../errors.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { HeldDoor } from './held-door.ts'

/** Where the gateway listens. A port that another program has is tried for until it is free: workers know no other. */
export interface Door {
  /** `http://127.0.0.1:8787`; known before it is open where the port is; null: none was chosen yet. */
  readonly url: string | null
  /** Why nobody can come in; null: they can. */
  readonly complaint: string | null
  /** Settles after the first try, however it went. */
  open(): Promise<void>
  /** Nobody comes in any more; who is in stays. */
  close(): void
}

export interface DoorDeps {
  listen: { host: string; port: number }
  server: Server
  /** The port that was chosen at the first start. */
  keptPort: { get(): number | null; set(port: number): void }
  /** What was kept open since the daemon before; null: nothing was. */
  held: HeldDoor | null
  clock: Clock
  random: Random
  logger: Logger
}

const retryEveryMs = 500

/**
 * Below the ports that the kernel gives to outgoing connections (32768 on, as Linux comes): one of those could be taken by any
 * connection of this machine while no daemon runs.
 */
const chosenFrom = { min: 20_000, max: 30_000 }
const choicesMax = 20

export function createDoor(deps: DoorDeps): Door {
  const { listen, server, keptPort, held, clock, random, logger } = deps
  let port = listen.port === 0 ? keptPort.get() : listen.port
  let complaint: string | null = null
  let timer: Timer | undefined
  let isClosed = false

  async function tryOpen(): Promise<void> {
    if (held?.host === listen.host && held.port === port && held.handTo(server)) return opened()
    const failure = port === null ? await choose() : await bind(server, listen.host, port)
    if (isClosed) {
      server.close()
      return
    }
    if (failure === null) opened()
    else blocked(failure)
  }

  async function choose(): Promise<Error | null> {
    let failure: Error | null = null
    for (let tries = 0; tries < choicesMax; tries++) {
      const { min, max } = chosenFrom
      const candidate = min + Math.floor(random.unit() * (max - min))
      failure = await bind(server, listen.host, candidate)
      if (failure === null) {
        port = candidate
        keptPort.set(candidate)
        return null
      }
    }
    return failure
  }

  function opened(): void {
    server.on('error', (error) => logger.error({ error: error.message }, 'gateway server'))
    logger.info({}, `The gateway listens on http://${address()}`)
    complaint = null
  }

  function blocked(failure: Error): void {
    if (complaint === null) {
      complaint = `the gateway cannot listen on ${address()}: ${reasonOf(failure)}. Free the port, or choose another: [gateway] listen`
      logger.error({}, complaint)
    }
    timer = clock.after(retryEveryMs, () => void tryOpen(), { background: true })
  }

  function address(): string {
    const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
    return `${host}:${port ?? 0}`
  }

  return {
    get url() {
      return port === null ? null : `http://${address()}`
    },
    get complaint() {
      return complaint
    },
    open: tryOpen,
    close() {
      isClosed = true
      timer?.cancel()
      complaint = null
      if (server.listening) server.close()
    },
  }
}

/**
 * Shares the port with whoever is to come after this daemon (`holdDoor`), but not with one that is there already: a port that may
 * be shared tells nobody by itself that it is taken.
 * @returns null: it listens
 */
async function bind(server: Server, host: string, port: number): Promise<Error | null> {
  const probe = createProbe()
  const failure = await listens(probe, { host, port })
  if (failure !== null) return failure
  await new Promise((resolve) => probe.close(resolve))
  return listens(server, { host, port, reusePort: true })
}

/** Null: it does. */
function listens(
  server: Server | Probe,
  place: { host: string; port: number; reusePort?: boolean },
): Promise<Error | null> {
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
    server.listen(place)
  })
}

function reasonOf(failure: NodeJS.ErrnoException): string {
  return failure.code === 'EADDRINUSE' ? 'another program has it' : messageOf(failure)
}
