import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type TestDatabase, migratedDatabase } from '../support/postgres.ts'
import { type Place, type Ran, type Running, jrctl, start, temporaryPlace } from '../support/jrctl.ts'

/** A daemon at work on a database of its own, as an operator has it. */
export interface TestFleet {
  place: Place
  database: TestDatabase
  daemon: Running
  /** A connection beside the fleet's, for what other programs would do. */
  sql: Client
  /** Runs a command in the fleet's folder. */
  jrctl(...args: string[]): Promise<Ran>
  /** Runs a command with --json; fails the test unless it succeeds. */
  json<T>(...args: string[]): Promise<T>
  end(): Promise<void>
}

/** `workers`: the [[workers]] tables. */
export async function startFleet(
  workers: string,
  settings = '',
  env: Record<string, string> = {},
): Promise<TestFleet> {
  const database = await migratedDatabase()
  const place = await temporaryPlace({ DATABASE_URL: database.url, ...env })
  await writeFile(join(place.dir, 'jrctl.toml'), `state_dir = "state"\n${settings}\n${workers}`)
  const daemon = start(place, ['daemon'])
  await daemon.said(/ runs, pid/)
  const sql = new Client({ connectionString: database.url })
  await sql.connect()
  const fleet: TestFleet = {
    place,
    database,
    daemon,
    sql,
    jrctl: (...args) => jrctl(place, args),
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await jrctl(place, [...args, '--json'])
      if (code !== 0) throw new Error(`jrctl ${args.join(' ')} ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    async end() {
      // A test may have put another one in the place of the first.
      fleet.daemon.child.kill('SIGTERM')
      await fleet.daemon.exited
      await sql.end()
      await database.drop()
      await place.remove()
    },
  }
  return fleet
}

/** What a notice brings about takes less than a second, on a busy machine less than this; what nobody is told of, ten seconds and more. */
export const atOnceMs = 5_000

/** Between two questions, at least. */
const pauseMsMin = 10
/** And at most: an answer that took long says how busy the machine is, not how long to wait for the next. */
const pauseMsMax = 250

/**
 * Asks until the answer is the one that is waited for; the bound is the test's own timeout. It pauses for as long as it asked: who asks
 * by starting jrctl would else take a core from those whose work it waits for.
 */
export async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const askedAtMs = performance.now()
    const answer = await ask()
    if (holds(answer)) return answer
    const tookMs = performance.now() - askedAtMs
    await sleep(Math.min(Math.max(tookMs, pauseMsMin), pauseMsMax))
  }
}

/** A worker whose command is a shell script. */
export function scripted(name: string, script: string, more = ''): string {
  return `[[workers]]
name = ${JSON.stringify(name)}
command = ["jrctl", "work", ${JSON.stringify(name)}, "--no-unassigned", "--", "sh", "-c", ${JSON.stringify(script)}]
${more}
`
}
