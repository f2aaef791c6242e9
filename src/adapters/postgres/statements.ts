import type { ClientBase } from 'pg'
import { OperationalError } from '../../errors.ts'
import type { ConnectionTarget } from './connection-target.ts'
import { isBroken, isServersWord, outcomeUnknown, translateDriverError } from './driver-errors.ts'
import type { Route } from './pooler.ts'
import { createPreparedNames } from './prepared-names.ts'
import type { SilenceWatch } from './silence-watch.ts'

/** Something that runs SQL. Driver errors arrive translated (see driver-errors.ts). */
export interface Queryable {
  /**
   * @param name of the statement, when it is worth keeping prepared in the session: parsed and planned once a connection.
   * One name has one text for ever.
   */
  query<Row extends object>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>
}

/** What the server is to bound, in milliseconds. */
export interface ServerLimits {
  statementMs: number
  lockMs: number
  idleInTransactionMs: number
}

/** How statements run on a client, depending on what stands between it and the server. */
export interface Statements {
  /** @throws OperationalError db.outcome_unknown when it writes, and its answer was lost */
  single<Row extends object>(
    client: ClientBase,
    text: string,
    values?: readonly unknown[],
    name?: string,
  ): Promise<Row[]>
  /**
   * Between BEGIN and COMMIT; rolled back when `work` throws.
   * @throws OperationalError db.outcome_unknown when the answer to COMMIT was lost
   */
  transaction<T>(client: ClientBase, work: (tx: Queryable) => Promise<T>): Promise<T>
}

export interface StatementsDeps {
  route: Route
  target: ConnectionTarget
  limits: ServerLimits
  watch: Pick<SilenceWatch, 'around'>
}

/**
 * Directly, the session itself keeps prepared statements, and the limits with which it started. Through a pooler, each
 * statement is a transaction that brings its limits along, since a lock must not be waited for longer than we wait for the
 * answer: two more round trips, and nothing left behind in a session that others use.
 */
export function createStatements({ route, target, limits, watch }: StatementsDeps): Statements {
  const preparedName = createPreparedNames()
  const keptName = (client: ClientBase, name: string | undefined): string | undefined =>
    name === undefined || route === 'pooled' ? undefined : preparedName(client, name)
  const begin = route === 'direct' ? 'begin' : `begin; ${localLimits(limits)}`
  const run = <Row extends object>(
    client: ClientBase,
    text: string,
    values?: readonly unknown[],
    name?: string,
  ): Promise<Row[]> =>
    watch.around(client, () => runStatement(target, client, text, values, keptName(client, name)))

  const between = async <T>(
    client: ClientBase,
    work: (tx: Queryable) => Promise<T>,
    mayWrite: boolean,
  ): Promise<T> => {
    await run(client, begin)
    try {
      const result = await work({ query: (text, values, name) => run(client, text, values, name) })
      await saidAloud(mayWrite, () => run(client, 'commit'))
      return result
    } catch (error) {
      // After a lost connection the server rolls back by itself. A rollback that fails tells that it is lost.
      if (!isBroken(error)) await run(client, 'rollback')
      throw error
    }
  }

  return {
    transaction: (client, work) => between(client, work, true),
    single:
      route === 'direct'
        ? (client, text, values, name) => saidAloud(writes.test(text), () => run(client, text, values, name))
        : (client, text, values) => between(client, (tx) => tx.query(text, values), writes.test(text)),
  }
}

/** What may change a row. A few of the reads look the same; for them the error below is only a little too careful. */
const writes = /\b(insert|update|delete)\b/i

/** Work whose answer was lost is neither done nor undone for us: who asked for it has to know. */
async function saidAloud<T>(mayWrite: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isUnheard = error instanceof OperationalError && isBroken(error) && !isServersWord(error.cause)
    throw mayWrite && isUnheard ? outcomeUnknown(error) : error
  }
}

function localLimits({ statementMs, lockMs, idleInTransactionMs }: ServerLimits): string {
  return [
    `set local statement_timeout = ${statementMs}`,
    `set local lock_timeout = ${lockMs}`,
    `set local idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
  ].join('; ')
}

/** @throws OperationalError, UserError: the driver's, translated */
export async function runStatement<Row extends object>(
  target: ConnectionTarget,
  client: ClientBase,
  text: string,
  values?: readonly unknown[],
  name?: string,
): Promise<Row[]> {
  const result = await translated(target, () =>
    client.query<Row>({
      text,
      ...(values === undefined ? {} : { values: [...values] }),
      ...(name === undefined ? {} : { name }),
    }),
  )
  return result.rows
}

export async function translated<T>(target: ConnectionTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translateDriverError(error, target.describe(), target.nextStep)
  }
}
