import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { GatewayPolicy } from '../config/policy.ts'
import type { Clock } from '../ports/clock.ts'
import { type Exchange, newExchange } from './exchange.ts'
import { type Door, type DoorDeps, createDoor } from './intake/door.ts'
import { createIntakeServer } from './intake/server.ts'

/** Lets clients in, and sees them out. */
export interface Life {
  readonly url: string | null
  readonly complaint: string | null
  /** A policy wants it open. */
  readonly isOpen: boolean
  readonly isStopping: boolean
  apply(policy: GatewayPolicy): Promise<void>
  /** Answers how many requests were cut. */
  stop(graceMs: number, hurry?: AbortSignal): Promise<number>
}

export interface LifeDeps extends Omit<DoorDeps, 'listen' | 'server'> {
  clock: Clock
  /** Never rejects. */
  serve(exchange: Exchange): Promise<void>
}

interface Open {
  listen: GatewayPolicy['listen']
  door: Door
  server: Server
}

/** Beside those that wait or are served: idle ones of SDKs' pools, and a margin. */
const connectionsBeside = 1_024

export function createLife(deps: LifeDeps): Life {
  const exchanges = new Set<Exchange>()
  let open: Open | null = null
  let isStopping = false
  let emptied: (() => void) | null = null

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const exchange = newExchange(request, response)
    if (isStopping) response.shouldKeepAlive = false
    exchanges.add(exchange)
    void deps.serve(exchange).then(() => {
      exchanges.delete(exchange)
      if (exchanges.size === 0) emptied?.()
    })
  }

  function openAt(policy: GatewayPolicy): Open {
    const { listen, requestTimeoutMs } = policy
    const server = createIntakeServer({ requestTimeoutMs, connections: connectionsOf(policy) }, begin)
    return { listen, server, door: createDoor({ ...deps, listen, server }) }
  }

  function close({ door, server }: Open): void {
    door.close()
    server.closeIdleConnections()
  }

  /** True: nothing is under way any more. */
  async function isEmptyWithin(graceMs: number, hurry: AbortSignal | undefined): Promise<boolean> {
    if (exchanges.size === 0) return true
    if (hurry?.aborted === true) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const giveUp = (): void => resolve(false)
    hurry?.addEventListener('abort', giveUp, { once: true })
    emptied = () => resolve(true)
    const timer = deps.clock.after(graceMs, giveUp)
    const isEmpty = await promise
    timer.cancel()
    hurry?.removeEventListener('abort', giveUp)
    emptied = null
    return isEmpty
  }

  function cutAll(): number {
    const cut = exchanges.size
    for (const { forwarding, response } of exchanges) {
      forwarding?.cut()
      if (forwarding === null) response.destroy()
    }
    return cut
  }

  return {
    get url() {
      return open?.door.url ?? null
    },
    get complaint() {
      return open?.door.complaint ?? null
    },
    get isOpen() {
      return open !== null
    },
    get isStopping() {
      return isStopping
    },
    async apply(policy) {
      const wanted = policy.enabled && policy.upstreams.length > 0
      const before = open
      if (wanted && before !== null && isSame(before.listen, policy.listen)) {
        before.server.requestTimeout = policy.requestTimeoutMs
        before.server.maxConnections = connectionsOf(policy)
        return
      }
      open = wanted ? openAt(policy) : null
      await open?.door.open()
      if (before !== null) close(before)
    },
    async stop(graceMs, hurry) {
      isStopping = true
      if (open === null) return 0
      const { server } = open
      close(open)
      for (const exchange of exchanges) endConnectionWith(exchange)
      for (const { sendAway } of exchanges) sendAway?.()
      const cut = (await isEmptyWithin(graceMs, hurry)) ? 0 : cutAll()
      // What was answered last may still be on its way to its reader.
      await closed(server, deps.clock)
      return cut
    },
  }
}

/** Whoever kept the connection would ask the next thing here again, and be refused, instead of the next daemon. */
function endConnectionWith({ request, response }: Exchange): void {
  if (response.headersSent) response.once('finish', () => request.socket.end())
  else response.shouldKeepAlive = false
}

/** An answer's last bytes are in the kernel's hands by then, unless nobody reads them. */
const lastBytesMs = 200

function closed(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(lastBytesMs, () => server.closeAllConnections())
    server.close(() => {
      timer.cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}

function connectionsOf({ maxWaiting, upstreams }: GatewayPolicy): number {
  const served = upstreams.reduce((sum, { maxInFlight }) => sum + maxInFlight, 0)
  return maxWaiting + served + connectionsBeside
}

function isSame(one: GatewayPolicy['listen'], other: GatewayPolicy['listen']): boolean {
  return one.host === other.host && one.port === other.port
}
