import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Place, jrctl, jrctlPath, start, startProgram, temporaryPlace } from '../support/jrctl.ts'
import { type TestDatabase, emptyDatabase, migratedDatabase } from '../support/postgres.ts'

const worker = '[[workers]]\nname = "A Jr."\ncommand = ["jrctl", "work", "A Jr.", "--", "true"]\n'

describe('a daemon that cannot start says why, and loses nothing', () => {
  let place: Place
  let database: TestDatabase | undefined

  beforeEach(async () => {
    place = await temporaryPlace()
  })
  afterEach(async () => {
    await place.remove()
    await database?.drop()
    database = undefined
  })

  const daemonOn = async (toml: string, env: Record<string, string> = {}) => {
    await writeFile(join(place.dir, 'jrctl.toml'), toml)
    return jrctl({ ...place, env: { ...place.env, ...env } }, ['daemon'])
  }

  it.each([
    ['broken TOML', '[queue\nembedded = true\n', /jrctl\.toml:1/],
    ['an unknown key', `[queue]\nembeded = true\n${worker}`, /jrctl\.toml:2.*embeded[\s\S]*embedded/],
    [
      'a wrong duration',
      `[queue]\npoll_interval = 30\n${worker}`,
      /jrctl\.toml:2.*poll_interval[\s\S]*"30s"/,
    ],
    ['no workers', '[queue]\nembedded = true\n', /\[\[workers\]\]/],
    ['a worker without a command', '[[workers]]\nname = "A Jr."\n', /command/],
    ['an empty command', '[[workers]]\nname = "A Jr."\ncommand = []\n', /command/],
  ])('%s: exit 2, file and key named', async (_, toml, message) => {
    const { code, stdout, stderr } = await daemonOn(toml)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(stdout).toBe('')
  })

  it('several mistakes are told at once', async () => {
    const { stderr } = await daemonOn(
      `[queue]\nembeded = true\npoll_interval = 5\n[capacity]\nmode = "lent"\n${worker}`,
    )
    expect(stderr).toMatch(/embeded/)
    expect(stderr).toMatch(/poll_interval/)
    expect(stderr).toMatch(/lend/)
  })

  it('a configuration that is not there: exit 2, its path named', async () => {
    const { code, stderr } = await jrctl(place, ['daemon', '--config', 'nowhere.toml'])
    expect(stderr).toMatch(/nowhere\.toml/)
    expect(code).toBe(2)
  })

  it('an unreachable database: exit 69, host and port named, the password not', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    await new Promise((resolve) => taken.close(resolve))
    const { code, stderr } = await daemonOn(worker, {
      DATABASE_URL: `postgresql://u:canary@127.0.0.1:${port}/none`,
    })
    expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}`))
    expect(stderr).not.toMatch(/canary/)
    expect(code).toBe(69)
  })

  it('a database that does not exist: exit 69, its name told', async () => {
    database = await emptyDatabase()
    const url = new URL(database.url)
    url.pathname = '/no_such_database'
    const { code, stderr } = await daemonOn(worker, { DATABASE_URL: url.href })
    expect(stderr).toMatch(/no_such_database/)
    expect(code).toBe(69)
  })

  it('a database without a queue: says to migrate; migrating makes it start', async () => {
    database = await emptyDatabase()
    const env = { DATABASE_URL: database.url }
    const refused = await daemonOn(worker, env)
    expect(refused.stderr).toMatch(/jrctl migrate/)
    expect(refused.code).toBe(69)
    const migrated = await jrctl({ ...place, env: { ...place.env, ...env } }, ['migrate'])
    expect(migrated.stderr + migrated.stdout).not.toMatch(/error/i)
    expect(migrated.code).toBe(0)
    const daemon = start({ ...place, env: { ...place.env, ...env } }, ['daemon'])
    await daemon.said(/ runs, pid/)
    daemon.child.kill('SIGTERM')
    expect(await daemon.exited).toBe(0)
  })

  it('a table of that name with other columns: refused by name, its rows untouched', async () => {
    database = await emptyDatabase()
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query(
      "CREATE TABLE jr_work_queue (id text PRIMARY KEY, title int, status jsonb); INSERT INTO jr_work_queue VALUES ('x', 1, '{}')",
    )
    const env = { ...place.env, DATABASE_URL: database.url }
    await writeFile(join(place.dir, 'jrctl.toml'), worker)
    for (const command of [['migrate'], ['migrate', '--plan'], ['daemon']]) {
      const { code, stderr } = await jrctl({ ...place, env }, command)
      expect(stderr).toMatch(/jr_work_queue/)
      expect(stderr).toMatch(/title|id|status/)
      expect(code).not.toBe(0)
    }
    const { rows } = await client.query('SELECT * FROM jr_work_queue')
    expect(rows).toEqual([{ id: 'x', title: 1, status: {} }])
    await client.end()
  })

  it('a second daemon on the same state: leaves with the pid of the first, which goes on', async () => {
    database = await migratedDatabase()
    const env = { ...place.env, DATABASE_URL: database.url }
    await writeFile(join(place.dir, 'jrctl.toml'), worker)
    const first = start({ ...place, env }, ['daemon'])
    await first.said(/ runs, pid/)
    const second = await jrctl({ ...place, env }, ['daemon'])
    expect(second.stderr).toContain(`pid ${first.child.pid}`)
    expect(second.code).toBe(1)
    expect((await jrctl({ ...place, env }, ['status'])).code).toBe(0)
    first.child.kill('SIGTERM')
    expect(await first.exited).toBe(0)
  })

  it('a worker whose program is missing: the daemon lives, the worker is missing and says so', async () => {
    database = await migratedDatabase()
    const env = { ...place.env, DATABASE_URL: database.url }
    await writeFile(
      join(place.dir, 'jrctl.toml'),
      '[[workers]]\nname = "A Jr."\ncommand = ["/no/such/program"]\n',
    )
    const daemon = start({ ...place, env }, ['daemon'])
    await daemon.said(/ runs, pid/)
    const { stdout } = await jrctl({ ...place, env }, ['workers', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      workers: [{ state: 'missing', reason: expect.stringContaining('/no/such/program') as string }],
    })
    daemon.child.kill('SIGTERM')
    expect(await daemon.exited).toBe(0)
  })
})

describe('wrong usage', () => {
  let place: Place
  beforeEach(async () => {
    place = await temporaryPlace()
  })
  afterEach(() => place.remove())

  it.each([
    [['statsu'], 2, /status/],
    [['tasks', 'lst'], 2, /list/],
    [['workers', 'restrat', 'A Jr.'], 2, /no command 'restrat'[\s\S]*restart/],
    [['tasks', 'show'], 2, /id/i],
    [['tasks', 'show', 'abc'], 2, /abc/],
    [['urgent'], 2, /id/i],
    [['work', 'A Jr.'], 2, /--/],
    [
      ['restore', 'b', '--state-dir', ''],
      2,
      /--state-dir <folder> cannot be "": The name of a folder is wanted/,
    ],
    [['status'], 69, /jrctl daemon/],
    [['tasks', 'list'], 69, /jrctl daemon/],
  ])('%j: exit %i', async (args, code, message) => {
    const ran = await jrctl(place, args)
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(code)
    expect(ran.stdout).toBe('')
  })
})

/** Into a root of its own the executable is led by its folder's name, which a deleted one has not any more. */
const isLed = process.env['JRCTL_TEST_BINARY'] !== undefined

describe.skipIf(isLed)('in a folder that was deleted', () => {
  let place: Place
  beforeEach(async () => {
    place = await temporaryPlace()
  })
  afterEach(() => place.remove())

  const ran = async (...args: string[]) => {
    const gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"'
    const running = startProgram(place, ['sh', '-c', gone, jrctlPath, ...args])
    return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() }
  }

  it.each([
    [['--version']],
    [['--help']],
    [['tasks', 'add', '--help']],
    [['completion', 'bash']],
    [['version']],
  ])('%j, which needs no file, is answered', async (args) => {
    const { code, stdout } = await ran(...args)
    expect({ code, isEmpty: stdout === '' }).toEqual({ code: 0, isEmpty: false })
  })

  it('all others say in words what is wrong', async () => {
    const { code, stdout, stderr } = await ran('status')
    expect(stderr).toMatch(
      /jrctl: the folder you are in was deleted\n {2}Go to one that is there, such as: cd\n$/,
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect((await ran('health-check')).stdout).toBe('JRCTL UNKNOWN - the folder you are in was deleted\n')
  })
})
