import type { Client } from 'pg'

export interface LegacyTask {
  id: number
  title: string
  description: string | null
}

/** The two tables as a program written long before jrctl uses them. */
export interface LegacyTables {
  /** The next task assigned to this Jr. */
  next(): Promise<LegacyTask | undefined>
  /** False: it is not there to be taken any more. */
  claim(id: number): Promise<boolean>
  complete(id: number, result: string): Promise<void>
  fail(id: number): Promise<void>
  giveBack(id: number): Promise<void>
  beat(load: number): Promise<void>
  offline(): Promise<void>
  close(): Promise<void>
}

const nextSql = `
  SELECT id, title, description FROM jr_work_queue
  WHERE assigned_jr = $1 AND status IN ('assigned', 'pending')
  ORDER BY sacred_fire_priority DESC, priority ASC, created_at ASC, id
  LIMIT 1`

const claimSql = `
  UPDATE jr_work_queue SET status = 'in_progress', started_at = now()
  WHERE id = $1 AND status IN ('assigned', 'pending')`

const completeSql = `
  UPDATE jr_work_queue SET status = 'completed', progress_percent = 100
  WHERE id = $1 AND status = 'in_progress'`

/** Where the table has a column for it, the result goes along. */
const completeWithResultSql = `
  UPDATE jr_work_queue SET status = 'completed', progress_percent = 100, result = $2
  WHERE id = $1 AND status = 'in_progress'`

const failSql = `UPDATE jr_work_queue SET status = 'failed' WHERE id = $1 AND status = 'in_progress'`

const giveBackSql = `
  UPDATE jr_work_queue SET status = 'assigned', started_at = NULL, progress_percent = 0
  WHERE id = $1 AND status = 'in_progress'`

const beatSql = `
  INSERT INTO jr_status (jr_name, status, is_online, last_seen, current_load) VALUES ($1, 'online', true, now(), $2)
  ON CONFLICT (jr_name) DO UPDATE
  SET status = 'online', is_online = true, last_seen = now(), current_load = excluded.current_load`

const offlineSql = `
  UPDATE jr_status SET status = 'offline', is_online = false, current_load = 0 WHERE jr_name = $1`

const hasResultSql = `
  SELECT 1 FROM information_schema.columns
  WHERE table_schema = ANY (current_schemas(false)) AND table_name = 'jr_work_queue' AND column_name = 'result'`

/** Connects by URL. Rejects with the driver's error when that or, later, a statement fails. */
export async function connectLegacy(url: string, jrName: string): Promise<LegacyTables> {
  const client = await connect(url)
  const hasResult = (await client.query(hasResultSql)).rowCount !== 0
  const run = async (sql: string, values: unknown[]): Promise<number> =>
    (await client.query(sql, values)).rowCount ?? 0
  return {
    async next() {
      const { rows } = await client.query<Omit<LegacyTask, 'id'> & { id: string | number }>(nextSql, [jrName])
      const [row] = rows
      return row === undefined ? undefined : { ...row, id: Number(row.id) }
    },
    claim: async (id) => (await run(claimSql, [id])) === 1,
    async complete(id, result) {
      await (hasResult ? run(completeWithResultSql, [id, result]) : run(completeSql, [id]))
    },
    fail: async (id) => void (await run(failSql, [id])),
    giveBack: async (id) => void (await run(giveBackSql, [id])),
    beat: async (load) => void (await run(beatSql, [jrName, load])),
    offline: async () => void (await run(offlineSql, [jrName])),
    close: async () => {
      await client.end().catch(() => {})
    },
  }
}

async function connect(url: string): Promise<Client> {
  // Loaded here, so that what only makes sample tasks does not load it.
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    connectionString: url,
    application_name: 'legacy-worker',
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
  })
  // A connection that dies between statements says so here; the next statement then fails.
  client.on('error', () => {})
  await client.connect()
  return client
}
