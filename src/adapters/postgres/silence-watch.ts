import type { Client, ClientBase } from 'pg'
import { isServersWord } from './driver-errors.ts'

/**
 * A statement without an answer may be slow, or its connection may be dead without anybody having said so: a network that
 * swallows, a firewall that forgot, a machine that lost its power. TCP finds out after minutes, and statement_timeout, by
 * the client's clock, only when the longest statement allowed would be over. So a silent one is asked about by another way.
 */
export interface SilenceWatch {
  /** Does `work`, one statement on a client, under watch; several of a client at the same time too. */
  around<T>(client: ClientBase, work: () => Promise<T>): Promise<T>
  close(): void
}

export interface SilenceDeps {
  /** A client of its own to ask by, not yet connected, with short bounds on connecting and on its statements. */
  makeClient(): Client
  /** The server knows our connections by their own process ids. */
  knowsPids(): boolean
  /** Cuts what is in use, or lies idle and may be as dead. */
  cut(clients: readonly ClientBase[], alsoIdle: boolean): void
}

/** An answer that takes longer is asked about. The longest of ours takes some tens of milliseconds. */
const silentMs = 1_000
const tickMs = 250
/** Who was told that the server is well asks no sooner again: a slow server is not helped by more connections. */
const afterAskMs = 1_500
/** Whoever asks waits so long for connecting, and for the answer. */
export const askMs = 2_000
/** A session whose state changed less than this ago may have an answer under way. */
const underWayMs = 500

/** Statements of one client that have no answer yet. */
interface Open {
  count: number
  /** When the last answer came, or the first of them began. */
  heardMs: number
}

export function createSilenceWatch(deps: SilenceDeps): SilenceWatch {
  const open = new Map<ClientBase, Open>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const look = async (): Promise<void> => {
    const latest = performance.now() - silentMs
    const silent = [...open].filter(([, { heardMs }]) => heardMs <= latest).map(([client]) => client)
    if (silent.length > 0) await judge(silent)
    timer = undefined
    arm(silent.length > 0 ? afterAskMs : tickMs)
  }

  const judge = async (silent: readonly ClientBase[]): Promise<void> => {
    const busy = await busyPids(deps.makeClient(), silent.map(pidOf))
    if (closed || busy === 'server speaks') return
    if (busy === 'nobody answers') return deps.cut([...open.keys()], true)
    if (!deps.knowsPids()) return
    const dead = silent.filter((client) => open.has(client) && !busy.has(pidOf(client)))
    if (dead.length > 0) deps.cut(dead, true)
  }

  /** Ticks only while statements are open; a process that is done is not kept alive by it. */
  const arm = (delayMs: number): void => {
    if (timer !== undefined || closed || open.size === 0) return
    timer = setTimeout(() => void look(), delayMs)
    timer.unref()
  }

  return {
    async around(client, work) {
      const statements = open.get(client) ?? { count: 0, heardMs: performance.now() }
      statements.count += 1
      open.set(client, statements)
      arm(tickMs)
      try {
        return await work()
      } finally {
        statements.count -= 1
        statements.heardMs = performance.now()
        if (statements.count === 0) open.delete(client)
      }
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** Which of these server processes have something to do, by their server's own word. Never rejects. */
async function busyPids(
  client: Client,
  pids: readonly number[],
): Promise<ReadonlySet<number> | 'nobody answers' | 'server speaks'> {
  client.on('error', ignore)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where pid = any ($1::int[])
       and (state is null or state not like 'idle%' or state_change > now() - $2 * interval '1 millisecond')`,
      [pids, underWayMs],
    )
    return new Set(rows.map(({ pid }) => pid))
  } catch (error) {
    // No connection left, no right to log in: the network is well.
    return isServersWord(error) ? 'server speaks' : 'nobody answers'
  } finally {
    client.connection.stream.destroy()
  }
}

function pidOf(client: ClientBase): number {
  return Number(Reflect.get(client, 'processID'))
}

function ignore(): void {}
