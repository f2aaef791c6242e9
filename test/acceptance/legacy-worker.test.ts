import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { runLegacyWorker } from '../../src/demo/legacy-worker.ts'
import { emptyDatabase } from '../support/postgres.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { until } from './fleet.ts'

/** The tables as a fleet had them before jrctl ever saw them. */
const legacyTables = `
  CREATE TABLE jr_work_queue (
    id serial PRIMARY KEY, title text NOT NULL, description text, source text, created_by text, assigned_jr text,
    status text DEFAULT 'pending', priority int DEFAULT 5, sacred_fire_priority int DEFAULT 0,
    progress_percent int DEFAULT 0, created_at timestamp DEFAULT now(), started_at timestamp);
  CREATE TABLE jr_status (
    jr_name text PRIMARY KEY, status text, is_online boolean, last_seen timestamp, current_load int)`

let database: TestDatabase
let sql: Client
let folder: string

beforeEach(async () => {
  database = await emptyDatabase()
  sql = new Client({ connectionString: database.url })
  await sql.connect()
  await sql.query(legacyTables)
  folder = await mkdtemp(join(tmpdir(), 'jrctl-test-legacy-'))
})

afterEach(async () => {
  await sql.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** A legacy worker at work in this process; `signal` is what a terminal or supervisor sends. */
function startWorker(script: string, command: readonly [string, ...string[]] = ['/bin/sh', '-c', script]) {
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const said = { stdout: '', stderr: '' }
  const ended = runLegacyWorker({
    name: 'old_jr',
    env: { DATABASE_URL: database.url, PATH: process.env['PATH'], TMPDIR: folder },
    clock: systemClock(),
    signals: {
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    stdout: { write: (text) => void (said.stdout += text) },
    stderr: { write: (text) => void (said.stderr += text) },
    reportCommand: command,
  })
  return {
    ended,
    said,
    signal: () => {
      for (const listener of listeners) listener('SIGTERM')
    },
  }
}

async function add(title: string): Promise<void> {
  await sql.query(
    `INSERT INTO jr_work_queue (title, assigned_jr, status) VALUES ($1, 'old_jr', 'assigned')`,
    [title],
  )
}

interface LegacyRow {
  status: string
  progress_percent: number
  started: boolean
  result?: unknown
}

async function row(title: string): Promise<LegacyRow | undefined> {
  const { rows } = await sql.query<LegacyRow>(
    'SELECT *, started_at IS NOT NULL AS started FROM jr_work_queue WHERE title = $1',
    [title],
  )
  return rows[0]
}

const inStatus = (title: string, status: string) =>
  until(
    () => row(title),
    (found) => found?.status === status,
  )

test('does its tasks on tables that jrctl never touched, and says when it is there and gone', async () => {
  await add('good')
  await add('bad')
  await sql.query("INSERT INTO jr_work_queue (title, assigned_jr) VALUES ('not mine', 'other_jr')")
  const worker = startWorker('grep -q bad && exit 1; echo {} > "$JR_RESULT_FILE"')
  expect(await inStatus('good', 'completed')).toMatchObject({ progress_percent: 100, started: true })
  await inStatus('bad', 'failed')
  const online = await sql.query('SELECT is_online, current_load FROM jr_status')
  expect(online.rows).toEqual([{ is_online: true, current_load: 0 }])
  worker.signal()
  expect(await worker.ended).toBe(0)
  const offline = await sql.query('SELECT is_online, status FROM jr_status')
  expect(offline.rows).toEqual([{ is_online: false, status: 'offline' }])
  expect((await row('not mine'))?.status).toBe('pending')
  expect(worker.said.stderr).toMatch(/task 2 failed: exit code 1/)
})

test('writes the result where there is a column for it, and keeps the database from its process', async () => {
  await sql.query('ALTER TABLE jr_work_queue ADD COLUMN result jsonb')
  await add('find')
  const worker = startWorker(`env > ${folder}/env; echo '{"found": 7}' > "$JR_RESULT_FILE"`)
  expect((await inStatus('find', 'completed'))?.result).toEqual({ found: 7 })
  worker.signal()
  await worker.ended
  expect(await readFile(join(folder, 'env'), 'utf8')).not.toContain(database.url)
})

test('a first signal lets it finish, a second gives the task back', async () => {
  await add('short')
  const script = `while [ ! -e ${folder}/go ]; do sleep 0.02; done; echo 1 > "$JR_RESULT_FILE"`
  const polite = startWorker(script)
  await inStatus('short', 'in_progress')
  polite.signal()
  await writeFile(join(folder, 'go'), '')
  expect(await polite.ended).toBe(0)
  expect((await row('short'))?.status).toBe('completed')

  await add('long')
  const hurried = startWorker('exec sleep 300')
  await inStatus('long', 'in_progress')
  hurried.signal()
  hurried.signal()
  expect(await hurried.ended).toBe(0)
  expect(await row('long')).toMatchObject({ status: 'assigned', started: false })
})

test('a program that is missing fails the worker, not its tasks', async () => {
  await add('first')
  const worker = startWorker('', ['no-such-program-here'])
  await expect(worker.ended).rejects.toThrow(/cannot be started/)
  expect(await row('first')).toMatchObject({ status: 'assigned', started: false })
})

test('without DATABASE_URL it says what to write into its table', async () => {
  const nothing = { write: () => {} }
  const options = { name: 'old_jr', env: {}, clock: systemClock(), stdout: nothing, stderr: nothing }
  const signals = { subscribe: () => () => {} }
  await expect(runLegacyWorker({ ...options, signals, reportCommand: ['true'] })).rejects.toMatchObject({
    hint: 'in its [[workers]] table: env_pass = ["DATABASE_URL"]',
  })
})
