import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createWire, type Answer } from './pg-wire.ts'
import { createPump, type Passage, type Pump } from './tcp-pump.ts'

/** `toServer`: what the client says. `toClient`: what the server answers. */
export type Direction = 'toServer' | 'toClient'

/** What becomes of connections that are opened while older ones lie in the hole. */
export type Newcomers = 'held' | 'served' | 'refused'

export interface ReplyToLose {
  /** The server's command tag: `COMMIT`, `UPDATE 1`, `SELECT 1`. */
  tag?: RegExp
  /** The statement's text. */
  sql?: RegExp
  /** Of several that match, this one; from 1. */
  nth?: number
  /** Also inside an open transaction, where the loss undoes the work. Else only what is committed counts. */
  uncommitted?: boolean
}

/** What it did, since it started. */
export interface ProxyCounts {
  accepted: number
  refused: number
  cut: number
  repliesLost: number
  holes: number
  bytes: Record<Direction, number>
}

/**
 * A TCP proxy that breaks connections as networks do. Faults last until `heal`, except those that say otherwise.
 */
export interface TcpProxy {
  readonly port: number
  readonly counts: Readonly<ProxyCounts>
  /** Connections open now. */
  openCount(): number
  /** The same URL, by way of the proxy. */
  through(url: string): string
  /** Every connection now, once: RST to both sides, or an orderly end. @returns how many */
  cut(how?: 'reset' | 'end'): number
  /** Once: lets that many bytes more pass in a direction, over all connections, then cuts the one that carries the last. */
  cutAfter(direction: Direction, bytes: number): Promise<void>
  /**
   * Silence: sockets stay open, nothing passes, not even their end. What is under way arrives after `heal`, as TCP does it.
   * @param direction one alone makes a half-open connection
   * @param newcomers are held too, unless told otherwise; `served` is a firewall that forgot the old connections
   */
  blackHole(direction?: Direction | 'both', newcomers?: Newcomers): void
  /** Resets whoever connects from now on. Open connections stay. */
  refuse(): void
  /** What passes from now on takes so long in each direction. */
  delay(milliseconds: number): void
  /**
   * Once: lets a statement through, and cuts its connection when the server's answer comes (PostgreSQL without TLS only).
   * By default the work is committed when that happens, and only the acknowledgement is lost.
   * @returns settles when it happened; rejects when the proxy closes before
   */
  cutReply(which: ReplyToLose): Promise<void>
  /** Ends every fault. */
  heal(): void
  /** Ends everything. Idempotent. */
  close(): Promise<void>
}

type Target = { host: string; port: number } | { path: string }

interface Fault {
  held: Record<Direction, boolean>
  newcomers: Newcomers
  delayMs: number
}

interface Trap {
  fire(): void
  abandon(): void
}
type ByteTrap = Trap & { direction: Direction; left: number }
type ReplyTrap = Trap & { which: ReplyToLose; left: number }

interface Link {
  pumps: Record<Direction, Pump>
  cut(how: 'reset' | 'end'): void
}

const directions = ['toServer', 'toClient'] as const

/** Starts a proxy on a free loopback port before the server of a postgres URL. */
export function proxyBefore(url: string): Promise<TcpProxy> {
  const { hostname, port, searchParams } = new URL(url)
  const folder = searchParams.get('host')
  const at = Number(port === '' ? 5432 : port)
  return startTcpProxy(
    folder?.startsWith('/') === true ? { path: `${folder}/.s.PGSQL.${at}` } : { host: hostname, port: at },
  )
}

/** Starts a proxy on a free loopback port. */
export async function startTcpProxy(target: Target): Promise<TcpProxy> {
  const links = new Set<Link>()
  const counts: ProxyCounts = {
    accepted: 0,
    refused: 0,
    cut: 0,
    repliesLost: 0,
    holes: 0,
    bytes: { toServer: 0, toClient: 0 },
  }
  const fault: Fault = {
    held: { toServer: false, toClient: false },
    newcomers: 'served',
    delayMs: 0,
  }
  let byteTraps: ByteTrap[] = []
  let replyTraps: ReplyTrap[] = []
  let closing: Promise<void> | undefined

  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (fault.newcomers === 'refused') {
      counts.refused += 1
      client.on('error', ignore)
      client.resetAndDestroy()
      return
    }
    counts.accepted += 1
    const link = openLink(client)
    links.add(link)
    for (const direction of directions) {
      if (fault.newcomers === 'held' && fault.held[direction]) link.pumps[direction].hold(true)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  function openLink(client: Socket): Link {
    const upstream = connect({ ...target, allowHalfOpen: true })
    const wire = createWire()
    let withheld: Buffer[] | null = null
    const delayMs = () => fault.delayMs
    const link: Link = {
      pumps: {
        toServer: createPump({
          from: client,
          to: upstream,
          delayMs,
          pass(bytes) {
            wire.readClient(bytes)
            return passBytes(link, 'toServer', bytes)
          },
        }),
        toClient: createPump({
          from: upstream,
          to: client,
          delayMs,
          pass(bytes) {
            const released = inspectReply(bytes)
            return released === null ? null : passBytes(link, 'toClient', released)
          },
        }),
      },
      cut(how) {
        links.delete(link)
        for (const socket of [client, upstream]) {
          if (how === 'reset') socket.resetAndDestroy()
          else socket.destroy()
        }
      },
    }
    let open = 2
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      // A side that broke takes the other along.
      socket.on('error', () => link.cut('reset'))
      socket.on('close', () => {
        open -= 1
        if (open === 0) links.delete(link)
      })
    }

    /** @returns what may pass now; null when it is kept back, or the connection is cut */
    function inspectReply(bytes: Buffer): Buffer | null {
      const { answers, unfinished } = wire.readServer(bytes)
      for (const answer of answers) {
        const trap = replyTraps.find(({ which }) => matches(which, answer))
        if (trap === undefined) continue
        trap.left -= 1
        if (trap.left > 0) continue
        replyTraps = replyTraps.filter((each) => each !== trap)
        counts.repliesLost += 1
        counts.cut += 1
        link.cut('reset')
        trap.fire()
        return null
      }
      // An answer that may be the one is kept back until it says whether the transaction is over.
      const waiting = replyTraps.some(({ which }) => matches(which, { ...unfinished, inTransaction: false }))
      const all = [...(withheld ?? []), bytes]
      withheld = waiting ? all : null
      return waiting ? null : Buffer.concat(all)
    }
    return link
  }

  /** Counts, and springs the traps that wait for a number of bytes. */
  function passBytes(link: Link, direction: Direction, bytes: Buffer): Passage {
    const trap = byteTraps.find((each) => each.direction === direction)
    if (trap === undefined || trap.left > bytes.length) {
      if (trap !== undefined) trap.left -= bytes.length
      counts.bytes[direction] += bytes.length
      return { bytes, onGone: null }
    }
    byteTraps = byteTraps.filter((each) => each !== trap)
    counts.bytes[direction] += trap.left
    return {
      bytes: bytes.subarray(0, trap.left),
      onGone: () => {
        counts.cut += 1
        link.cut('reset')
        trap.fire()
      },
    }
  }

  function setHold(held: Record<Direction, boolean>): void {
    fault.held = held
    for (const link of links) for (const direction of directions) link.pumps[direction].hold(held[direction])
  }

  const cut = (how: 'reset' | 'end' = 'reset'): number => {
    const all = [...links]
    for (const link of all) link.cut(how)
    counts.cut += all.length
    return all.length
  }

  return {
    port,
    counts,
    openCount: () => links.size,
    through(url) {
      const proxied = new URL(url)
      proxied.searchParams.delete('host')
      proxied.hostname = '127.0.0.1'
      proxied.port = String(port)
      return proxied.href
    },
    cut,
    cutAfter: (direction, bytes) =>
      new Promise((resolve, reject) => {
        byteTraps.push({ direction, left: bytes, fire: resolve, abandon: () => reject(abandoned()) })
      }),
    blackHole(direction = 'both', newcomers = 'held') {
      counts.holes += 1
      fault.newcomers = newcomers
      setHold({ toServer: direction !== 'toClient', toClient: direction !== 'toServer' })
    },
    refuse() {
      fault.newcomers = 'refused'
    },
    delay(milliseconds) {
      fault.delayMs = milliseconds
    },
    cutReply: (which) =>
      new Promise((resolve, reject) => {
        replyTraps.push({ which, left: which.nth ?? 1, fire: resolve, abandon: () => reject(abandoned()) })
      }),
    heal() {
      fault.newcomers = 'served'
      fault.delayMs = 0
      setHold({ toServer: false, toClient: false })
    },
    close: () =>
      (closing ??= new Promise((resolve) => {
        for (const trap of [...byteTraps, ...replyTraps]) trap.abandon()
        server.close(() => resolve())
        cut()
      })),
  }
}

function matches(which: ReplyToLose, answer: Answer): boolean {
  if (answer.inTransaction && which.uncommitted !== true) return false
  const tag = which.tag
  const sql = which.sql
  return (
    answer.tags.length > 0 &&
    (tag === undefined || answer.tags.some((each) => tag.test(each))) &&
    (sql === undefined || answer.statements.some((each) => sql.test(each)))
  )
}

function abandoned(): Error {
  return new Error('the proxy was closed before this fault happened')
}

function ignore(): void {}
