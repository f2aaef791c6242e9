import type { HorizonHolder } from '../../ports/database-checkup.ts'
import { count, duration, number } from '../../text/format.ts'
import { bad, ok, warn, type Check } from './check.ts'

/** Dead rows that VACUUM may not remove lie in the way of every claim. */
export const horizonWarnMs = 5 * 60_000
export const horizonBadMs = 60 * 60_000
/** A slot tells no time; a busy queue begins so many transactions in minutes, and in hours. */
export const horizonWarnTransactions = 1_000_000
export const horizonBadTransactions = 20_000_000

export function judgeHorizon(holders: readonly HorizonHolder[]): Check[] {
  const checks = holders.flatMap(judgeHolder)
  return checks.length > 0 ? checks : [ok('database.horizon', 'nothing keeps dead rows from being removed')]
}

function judgeHolder(holder: HorizonHolder): Check[] {
  const { ageMs, transactions } = holder
  const isBad = (ageMs ?? 0) >= horizonBadMs || transactions >= horizonBadTransactions
  const isLong = isBad || (ageMs ?? 0) >= horizonWarnMs || transactions >= horizonWarnTransactions
  if (!isLong) return []
  const text = `${words(holder)} keeps dead rows from being removed (${count(transactions, 'transaction')} since)`
  const make = isBad ? bad : warn
  return [
    make('database.horizon', text.replace(String(transactions), number(transactions)), remedyOf(holder)),
  ]
}

function words(holder: HorizonHolder): string {
  const since = holder.ageMs === null ? '' : `, open for ${duration(holder.ageMs)}`
  switch (holder.kind) {
    case 'session':
      return `session ${holder.pid} (${whoOf(holder)})${since}${queryWords(holder)}`
    case 'standby':
      return `the standby ${whoOf(holder)} with its feedback`
    case 'prepared':
      return `the prepared transaction ${holder.name}${since}`
    case 'slot':
      return `the ${holder.state ?? ''} replication slot ${holder.name}`
    default:
      return holder.kind satisfies never
  }
}

function whoOf({ name, user }: HorizonHolder): string {
  return user === null ? name : `${name}, ${user}`
}

function queryWords({ state, queryAgeMs }: HorizonHolder): string {
  if (state === null) return ''
  return `, ${state}${queryAgeMs === null ? '' : ` for ${duration(queryAgeMs)}`}`
}

function remedyOf({ kind, pid, name }: HorizonHolder): string {
  switch (kind) {
    case 'session':
      return `Let it commit; else: SELECT pg_terminate_backend(${pid}). idle_in_transaction_session_timeout prevents it.`
    case 'standby':
      return 'End the long query there, or set hot_standby_feedback = off on it.'
    case 'prepared':
      return `COMMIT PREPARED '${name}' or ROLLBACK PREPARED '${name}'`
    case 'slot':
      return `If nobody reads it any more: SELECT pg_drop_replication_slot('${name}')`
    default:
      return kind satisfies never
  }
}
