import type { Clock } from '../../../ports/clock.ts'
import type { ServerFacts } from '../../../ports/database-checkup.ts'
import type { Queryable } from '../connect.ts'

interface Row {
  version_number: number
  version: string
  standby: boolean
  read_only: boolean
  now_ms: number
  encrypted: boolean
  remote: boolean
}

/** Of so many the quickest answer counts: what we do beside ourselves is not the server's slowness. */
const questions = 3

/** Timed is what comes after the first question, which may have had to connect. */
export async function examineServer(db: Queryable, clock: Clock): Promise<ServerFacts> {
  await db.query('select 1')
  let best = await ask(db, clock)
  for (let asked = 1; asked < questions; asked++) {
    const next = await ask(db, clock)
    if (next.answerMs < best.answerMs) best = next
  }
  return best
}

async function ask(db: Queryable, clock: Clock): Promise<ServerFacts> {
  const startMs = clock.monotonicMs()
  const wallMs = clock.wallMs()
  const [row] = await db.query<Row>(statement)
  const answerMs = clock.monotonicMs() - startMs
  return {
    answerMs,
    versionNumber: row?.version_number ?? 0,
    version: row?.version ?? 'unknown',
    readOnly: row?.standby === true ? 'standby' : row?.read_only === true ? 'setting' : null,
    link: { encrypted: row?.encrypted ?? false, remote: row?.remote ?? false },
    aheadMs: Math.round((row?.now_ms ?? wallMs) - (wallMs + answerMs / 2)),
  }
}

const statement = `
select current_setting('server_version_num')::int as version_number, current_setting('server_version') as version,
  pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as read_only,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
  coalesce(not (inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1'), false) as remote`
