import type { DatabaseFacts, ServerFacts } from '../../ports/database-checkup.ts'
import { duration } from '../../text/format.ts'
import { bad, checksOf, ok, warn, type Check } from './check.ts'
import { judgeHorizon } from './judge-horizon.ts'
import { judgeConnections, judgeListening, judgeRights } from './judge-sessions.ts'
import { judgeCounts, judgeMisfits, judgeSchema, judgeTrigger } from './judge-schema.ts'
import { judgeSequences, judgeSettings, judgeTables, judgeZone } from './judge-storage.ts'

/** What the facts mean to an operator. Pure: the same facts are always judged the same. */
export function judgeDatabase(facts: DatabaseFacts): Check[] {
  return [
    ...judgeServer(facts.server),
    ...checksOf('database.schema', facts.schema, judgeSchema),
    ...checksOf('database.plans', facts.misfits, judgeMisfits),
    ...(hasQueue(facts) ? checksOf('database.trigger', facts.trigger, judgeTrigger) : []),
    ...checksOf('database.counts', facts.counts, judgeCounts),
    ...checksOf('database.rights', facts.rights, judgeRights),
    ...checksOf('database.listening', facts.listening, judgeListening),
    ...checksOf('database.horizon', facts.horizon, judgeHorizon),
    ...checksOf('database.tables', facts.tables, judgeTables),
    ...checksOf('database.durability', facts.settings, judgeSettings),
    ...checksOf('database.connections', facts.connections, judgeConnections),
    ...checksOf('database.zone', facts.zone, judgeZone),
    ...checksOf('database.sequences', facts.sequences, judgeSequences),
  ]
}

/** Where there is no queue yet, or another program's table, its triggers are missing with it: one remedy is enough. */
function hasQueue({ schema }: DatabaseFacts): boolean {
  return schema.kind !== 'seen' || !['missing', 'foreign'].includes(schema.value.state)
}

/** Slower than this, a claim is felt. */
const slowMs = 100
/** Below this our SQL does not run; below the other nobody tests it. */
const versionMin = 13
const versionSupported = 15
/** Ages come from the database's clock; only times shown and times asked for are off. */
const clockWarnMs = 5_000
const clockBadMs = 5 * 60_000

function judgeServer(server: ServerFacts): Check[] {
  return [reach(server), version(server), writable(server), clock(server), ...encryption(server)]
}

function reach({ answerMs }: ServerFacts): Check {
  const text = `answers within ${duration(Math.max(1, answerMs))}`
  return answerMs > slowMs
    ? warn(
        'database.reachable',
        `it ${text}`,
        'Every claim and every result waits so long; look at network and load.',
      )
    : ok('database.reachable', `it ${text}`)
}

function version({ versionNumber, version: words }: ServerFacts): Check {
  const major = Math.floor(versionNumber / 10_000)
  const name = 'database.version'
  if (major < versionMin)
    return bad(name, `PostgreSQL ${words} is too old`, `Upgrade to ${versionSupported} or later.`)
  if (major < versionSupported)
    return warn(name, `PostgreSQL ${words} is old`, `jrctl is tested with ${versionSupported} and later.`)
  return ok(name, `PostgreSQL ${words}`)
}

function writable({ readOnly }: ServerFacts): Check {
  const name = 'database.writable'
  if (readOnly === null) return ok(name, 'it takes writes')
  if (readOnly === 'standby')
    return bad(name, 'it is a standby and takes no writes', 'Connect to the primary.')
  return bad(
    name,
    'it is switched to read-only: nothing is claimed and nothing can be finished',
    'ALTER DATABASE … RESET default_transaction_read_only (or the same for the role)',
  )
}

/** On this machine nobody listens in between. */
function encryption({ link }: ServerFacts): Check[] {
  const name = 'database.tls'
  if (!link.remote) return []
  if (link.encrypted) return [ok(name, 'the connection is encrypted')]
  const text = 'tasks and results travel over the network in the clear'
  return [
    warn(
      name,
      text,
      'Add ?sslmode=verify-full to [queue] url (or set PGSSLMODE), and give the server a certificate.',
    ),
  ]
}

function clock({ aheadMs, answerMs }: ServerFacts): Check {
  const name = 'database.clock'
  const off = Math.max(0, Math.abs(aheadMs) - answerMs / 2)
  if (off < clockWarnMs) return ok(name, "its clock and this machine's agree")
  const text = `its clock is ${duration(off)} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`
  const remedy = 'Let both keep time by NTP (timedatectl set-ntp true).'
  return off < clockBadMs ? warn(name, text, remedy) : bad(name, text, remedy)
}
