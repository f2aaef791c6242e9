import type { Client } from 'pg'
import type { ConnectionTarget } from './connection-target.ts'
import { keepsSession, refusesStartupParameters, routeOf } from './pooler.ts'
import { askMs, createSilenceWatch } from './silence-watch.ts'
import { runStatement, translated, type Queryable } from './statements.ts'

export interface DedicatedOptions {
  queryTimeoutMs: number
  statementTimeoutMs: number
}

/** A connection of one's own. */
export interface DedicatedConnection extends Queryable {
  readonly client: Client
  /** False when a pooler lends it another session for each transaction: no LISTEN, no SET, no advisory locks then. */
  readonly ownSession: boolean
  end(): Promise<void>
}

/** The statement timeout among the startup parameters, or not. */
export type MakeClient = (withStartup: boolean, options: DedicatedOptions) => Client

/** A goodbye that is not answered within this time is cut short. */
const goodbyeMs = 1_000

/**
 * Watched for silence, since its statements may be allowed to take an hour.
 * @throws OperationalError db.unreachable, db.auth, … (driver-errors.ts)
 */
export function openDedicated(
  target: ConnectionTarget,
  make: MakeClient,
  options: DedicatedOptions,
): Promise<DedicatedConnection> {
  return translated(target, async () => {
    const { client, withStartup } = await connectEither(make, options)
    let isDirect = false
    const watch = createSilenceWatch({
      makeClient: () => make(withStartup, { queryTimeoutMs: askMs, statementTimeoutMs: askMs }),
      knowsPids: () => isDirect,
      cut: () => client.connection.stream.destroy(),
    })
    const end = async (): Promise<void> => {
      watch.close()
      await endClient(client)
    }
    try {
      isDirect = (await watch.around(client, () => routeOf(client))) === 'direct'
      const ownSession =
        isDirect || (await withSecond(make(withStartup, options), (second) => keepsSession(client, second)))
      return {
        client,
        ownSession,
        query: (text, values, name) =>
          watch.around(client, () =>
            runStatement(target, client, text, values, ownSession ? name : undefined),
          ),
        end,
      }
    } catch (error) {
      await end()
      throw error
    }
  })
}

async function connectEither(
  make: MakeClient,
  options: DedicatedOptions,
): Promise<{ client: Client; withStartup: boolean }> {
  try {
    return { client: await connected(make(true, options)), withStartup: true }
  } catch (error) {
    if (!refusesStartupParameters(error)) throw error
    return { client: await connected(make(false, options)), withStartup: false }
  }
}

async function withSecond<T>(second: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await connected(second)
  try {
    return await work(second)
  } finally {
    await endClient(second)
  }
}

async function connected(client: Client): Promise<Client> {
  client.on('error', ignore)
  try {
    await client.connect()
    return client
  } catch (error) {
    await endClient(client)
    throw error
  }
}

/** Politely, but not for ever: in a black hole nobody answers a goodbye. */
async function endClient(client: Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), goodbyeMs)
  await client.end().catch(ignore)
  clearTimeout(timer)
}

function ignore(): void {}
