import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../../support/free-port.ts'
import { jrctlPath, start, temporaryPlace, type Place, type Running } from '../../support/jrctl.ts'
import { emptyDatabase, migratedDatabase } from '../../support/postgres.ts'
import { type Page, projectDir } from './page.ts'

/** Where a page's examples run: a home, a folder in it, a database, and (unless the page is alone) a daemon with its fleet. */
export interface PageHome {
  place: Place
  cwd: string
  sql: Client
  /** What a page says, with the names that it uses for databases and ports in the place of this home's own. */
  standIn(text: string): string
  /** Runs SQL that makes a role, under a name that nobody else on the server has; from now on commands connect as it. */
  makeRole(name: string, statements: string): Promise<void>
  end(): Promise<void>
}

/** @throws when its fleet does not start */
export async function openHome({ setting }: Pick<Page, 'setting'>): Promise<PageHome> {
  const hasFleet = setting !== 'alone'
  const database = hasFleet ? await migratedDatabase() : await emptyDatabase()
  const place = await homePlace(hasFleet ? { DATABASE_URL: database.url } : {})
  const listen = `127.0.0.1:${await freePort()}`
  place.env['JRCTL_API_LISTEN'] = listen
  const standIn = (text: string) =>
    text
      .replaceAll('127.0.0.1:3001', listen)
      .replaceAll(/postgres(ql)?:\/\/\w+@db\.example\.org:5432\/fleet/g, database.url)
  const cwd = join(place.dir, 'here')
  await mkdir(cwd)
  // Programs find the packages that they import.
  await symlink(join(projectDir, 'node_modules'), join(cwd, 'node_modules'))
  const daemon = hasFleet ? await startFleet(place, standIn) : null
  const sql = new Client({ connectionString: database.url })
  await sql.connect()
  // Pages speak of task 42, and what was added after it.
  if (daemon !== null) await sql.query("select setval(pg_get_serial_sequence('jr_work_queue', 'id'), 41)")
  const roles: string[] = []
  return {
    place,
    cwd,
    sql,
    standIn,
    async makeRole(name, statements) {
      const role = `${name}_${basename(place.dir).replaceAll(/\W/g, '').toLowerCase()}`
      await sql.query(statements.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `"${role}"`))
      roles.push(role)
      const url = new URL(database.url)
      // Not by its own login, which the server of the tests lets nobody but its owner do.
      url.searchParams.set('options', `-c role=${role}`)
      place.env['JRCTL_QUEUE_URL'] = url.href
    },
    async end() {
      daemon?.child.kill('SIGTERM')
      await daemon?.exited
      for (const role of roles) await sql.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`)
      await sql.end()
      await database.drop()
      await place.remove()
    },
  }
}

/** As a person's own: what the pages say of `~` is so. */
async function homePlace(extra: Record<string, string>): Promise<Place> {
  const place = await temporaryPlace(extra)
  const folders = [dirname(jrctlPath), join(projectDir, 'node_modules/.bin'), place.env['PATH']]
  place.env['PATH'] = folders.join(':')
  place.env['XDG_STATE_HOME'] = join(place.dir, '.local/state')
  place.env['XDG_CONFIG_HOME'] = join(place.dir, '.config')
  return place
}

async function startFleet(place: Place, standIn: (text: string) => string): Promise<Running> {
  const config = join(place.dir, '.config/jrctl/config.toml')
  await mkdir(dirname(config), { recursive: true })
  await writeFile(config, standIn(await readFile(`${projectDir}test/docs/support/fleet.toml`, 'utf8')))
  const daemon = start(place, ['daemon'])
  await daemon.said(/ runs, pid/)
  return daemon
}
