import type { ClientBase } from 'pg'
import { messageOf } from '../../errors.ts'

/*
 * A pooler (PgBouncer and its like) lends each transaction, or each statement outside of one, some server session. Whatever
 * outlives that is lost or, worse, left with somebody else's work: startup parameters, SET, LISTEN, advisory locks, named
 * prepared statements (unless the pooler keeps track of them, since PgBouncer 1.21 when told to).
 */

/** How we reach the server. */
export type Route =
  /** The session is ours: what we set stays set. */
  | 'direct'
  /** Somebody stands between: nothing may be expected to last longer than a transaction. */
  | 'pooled'

/** PgBouncer refuses parameters that it does not know, unless `ignore_startup_parameters` names them; RDS Proxy words it otherwise. */
export function refusesStartupParameters(error: unknown): boolean {
  return /startup parameter|command-line options/i.test(messageOf(error))
}

/** A pooler tells its clients a process id of its own making, to recognize their wishes to cancel by. */
export async function routeOf(client: ClientBase): Promise<Route> {
  const told: unknown = Reflect.get(client, 'processID')
  return (await backendOf(client)) === told ? 'direct' : 'pooled'
}

/** So often two clients compare their server sessions. */
const rounds = 5

/**
 * Whether `client` always meets the same server session, as under session pooling. Asked without leaving a trace in sessions
 * that others will use: where sessions are lent by the transaction, a second client's transaction gets the session that the
 * first one used last (PgBouncer's default), or the first one's next statement gets another (its round robin). And the
 * first one then gets the session that the second one gave back last: were that not asked, a third client that was in the way
 * in the first round would have made two sessions take turns, the same in all rounds.
 */
export async function keepsSession(client: ClientBase, other: ClientBase): Promise<boolean> {
  const mine = await backendOf(client)
  for (let round = 0; round < rounds; round += 1) {
    await other.query('begin')
    const theirs = await backendOf(other)
    const meanwhile = await backendOf(client)
    await other.query('rollback')
    if (theirs === mine || meanwhile !== mine || (await backendOf(client)) !== mine) return false
  }
  return true
}

async function backendOf(client: ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid
}
