import type { AlertTopic, Transition } from '../../domain/alerts/alert.ts'
import { databaseKey, line } from '../../domain/alerts/transitions.ts'
import type { DaemonFacts, HealthFacts } from './facts.ts'

/**
 * What a health check tells by itself: that the daemon is dead, and what is wrong while it is. While it lives all else is its own to
 * tell; only what a check told to have begun is told to be over by one as well.
 */
export function transitionsOf(
  { daemon, database }: Pick<HealthFacts, 'daemon' | 'database'>,
  node: string,
  at: number,
): Transition[] {
  if (daemon === null || (!daemon.up && daemon.isDenied === true)) return []
  const make = (topic: AlertTopic, key: string, problem: string | null, well: string): Transition => ({
    id: `${node}:${key}:${at}`,
    topics: [topic],
    key,
    change: problem === null ? 'cleared' : 'raised',
    severity: problem === null ? 'info' : 'critical',
    summary: line(problem ?? well),
    at,
  })
  const life = make('daemon', `daemon:${node}`, deathOf(daemon), 'the daemon is up')
  if (database === null || (!database.up && (daemon.up || database.isDenied === true))) return [life]
  const loss = database.up ? null : `the database is away: ${database.problem}`
  return [life, make('database', databaseKey(node), loss, 'the database answers again')]
}

function deathOf(daemon: DaemonFacts): string | null {
  if (daemon.up) return null
  const what = daemon.pid === null ? 'the daemon is down' : `the daemon (pid ${daemon.pid}) does not answer`
  return `${what}: ${daemon.problem}`
}
