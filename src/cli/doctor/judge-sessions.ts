import type { ConnectionFacts, ListeningFacts, MissingRight } from '../../ports/database-checkup.ts'
import { duration } from '../../text/format.ts'
import { bad, ok, warn, type Check } from './check.ts'

const fullWarn = 0.8
const fullBad = 0.95

export function judgeConnections(facts: ConnectionFacts): Check[] {
  const own =
    facts.ownMax === null ? [] : [{ used: facts.ownUsed, max: facts.ownMax, of: 'of this role or database ' }]
  const [tightest = { used: facts.used, max: facts.max, of: '' }] = [
    ...own,
    { used: facts.used, max: facts.max, of: '' },
  ].toSorted((a, b) => b.used / b.max - a.used / a.max)
  const text = `${tightest.used} of ${tightest.max} connections ${tightest.of}are in use`
  const full = tightest.used / Math.max(1, tightest.max)
  const remedy = 'Lower [queue] pool_size, put PgBouncer in front, or raise max_connections.'
  if (full >= fullBad) return [bad('database.connections', text, remedy)]
  return [full >= fullWarn ? warn('database.connections', text, remedy) : ok('database.connections', text)]
}

export function judgeListening({ ownSession, heardMs }: ListeningFacts): Check[] {
  const name = 'database.listening'
  const late = 'new work is found by polling only'
  if (!ownSession) {
    const text = `a pooler lends sessions by the transaction: ${late}`
    return [warn(name, text, 'Set [queue] listen_url to the server itself, past the pooler.')]
  }
  if (heardMs === null)
    return [
      warn(
        name,
        `a notification to ourselves was not heard: ${late}`,
        'Look at what stands between, and at pg_notification_queue_usage().',
      ),
    ]
  return [ok(name, `notifications arrive, within ${duration(Math.max(1, heardMs))}`)]
}

export function judgeRights(missing: readonly MissingRight[]): Check[] {
  if (missing.length === 0) return [ok('database.rights', 'this user has the rights it needs')]
  return missing.map(({ object, rights, kind }) => {
    const on = kind === 'sequence' ? `SEQUENCE ${object}` : object
    return bad(
      'database.rights',
      `this user may not ${rights.join(', ')} on ${object}`,
      `As its owner: GRANT ${rights.join(', ')} ON ${on} TO the user of jrctl's connection`,
    )
  })
}
