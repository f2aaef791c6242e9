import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { afterwards, isThere, query, scratch, scratchDir, scratchWithDatabase, untilGone } from './scratch.ts'

const starter = new URL('starter.ts', import.meta.url).pathname

interface Started {
  pid: number
  adopted: boolean
  fresh: boolean
}

async function startElsewhere(stateDir: string): Promise<Started> {
  const { stdout } = await promisify(execFile)(process.execPath, [starter, stateDir])
  return JSON.parse(stdout) as Started
}

test('an empty folder becomes a server with database and role jrctl, closed to others, and keeps its data', async () => {
  const server = await scratch({ durable: true })
  expect((await server.status()).state).toBe('absent')
  expect(await server.find()).toBeNull()
  expect(await server.stop()).toBe('absent')

  const first = await server.start()
  expect(first).toMatchObject({ adopted: false, fresh: true })
  const durable = { fsync: 'on', commit: 'on', pages: 'on' }
  for (const url of [first.url, first.socketUrl]) {
    const [row] = await query(
      url.reveal(),
      `SELECT current_user AS role, current_database() AS database, rolsuper AS super,
              current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages
       FROM pg_roles WHERE rolname = current_user`,
    )
    expect(row).toEqual({ role: 'jrctl', database: 'jrctl', super: false, encoding: 'UTF8', ...durable })
  }
  await query(first.url.reveal(), 'CREATE TABLE kept AS SELECT 42 AS n')
  expect(await server.status()).toMatchObject({ state: 'running', pid: first.pid, port: first.port })
  const found = await server.find()
  expect(found).toMatchObject({ pid: first.pid, port: first.port, adopted: true })
  expect(found?.url.reveal()).toBe(first.url.reveal())
  expect(await server.stop()).toBe('clean')
  expect(isThere(first.pid)).toBe(false)
  expect((await server.status()).state).toBe('stopped')
  expect(await server.find()).toBeNull()

  const second = await server.start()
  expect(second).toMatchObject({ adopted: false, fresh: false, port: first.port })
  expect(await query(second.url.reveal(), 'SELECT n FROM kept')).toEqual([{ n: 42 }])
})

test('the password is in its file alone, and what is private has private modes', async () => {
  const server = await scratchWithDatabase()
  const started = await server.start()
  const { url } = started
  const root = join(server.stateDir, 'postgres')
  const password = (await readFile(join(root, 'password'), 'utf8')).trim()
  expect(url.reveal()).toContain(password)
  expect(started.environment()).toMatchObject({
    PGPASSWORD: password,
    PGDATABASE: 'jrctl',
    DATABASE_URL: url.reveal(),
  })
  expect(`${String(url)} ${JSON.stringify(server.logger.lines)}`).not.toContain(password)
  expect(await readFile(join(root, 'postgres.log'), 'utf8')).not.toContain(password)
  const { pid } = await server.status()
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password)
  expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('HOME=')
  const modes = { '.': 0o700, password: 0o600, 'admin-password': 0o600, 'postgres.log': 0o600, data: 0o700 }
  for (const [name, mode] of Object.entries(modes))
    expect((await stat(join(root, name))).mode & 0o777).toBe(mode)
  expect((await readdir(root)).filter((name) => name.startsWith('initdb'))).toEqual([])
})

test('a server outlives who started it, and the next one adopts it', async () => {
  const server = await scratchWithDatabase()
  const started = await startElsewhere(server.stateDir)
  expect(started).toMatchObject({ adopted: false, fresh: false })
  const adopted = await server.start()
  expect(adopted).toMatchObject({ adopted: true, fresh: false, pid: started.pid })
  expect(await query(adopted.url.reveal(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await server.stop()).toBe('clean')
  await untilGone(started.pid)
})

test('of many who start at once, one starts it and the others adopt it', async () => {
  const server = await scratch()
  const here = await scratch({ stateDir: server.stateDir })
  const all = await Promise.all([
    startElsewhere(server.stateDir),
    startElsewhere(server.stateDir),
    server.start(),
    here.start(),
  ])
  expect(new Set(all.map(({ pid }) => pid)).size).toBe(1)
  expect(all.filter(({ adopted }) => !adopted)).toHaveLength(1)
  expect(all.filter(({ fresh }) => fresh)).toHaveLength(1)
})

test('what was committed survives kill -9 of the postmaster', async () => {
  const server = await scratchWithDatabase({ durable: true })
  const first = await server.start()
  await query(first.url.reveal(), 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n')
  process.kill(first.pid, 'SIGKILL')
  await untilGone(first.pid)
  const second = await server.start()
  expect(second).toMatchObject({ adopted: false, fresh: false })
  expect(second.pid).not.toBe(first.pid)
  expect(await query(second.url.reveal(), 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }])
})

test('a taken port is left to who has it', async () => {
  const server = await scratchWithDatabase()
  const first = await server.start()
  await server.stop()
  const squatter = createServer().listen(first.port, '127.0.0.1')
  afterwards(async () => void squatter.close())
  const second = await server.start()
  expect(second.port).not.toBe(first.port)
  expect(await query(second.url.reveal(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(server.logger.lines.map(({ message }) => message)).toContainEqual(
    `Port ${first.port} is taken: the embedded PostgreSQL moves to ${second.port}`,
  )
})

test('a folder too deep for a socket gets one elsewhere, private, and gone after the stop', async () => {
  const runtime = await scratchDir()
  const stateDir = join(await scratchDir(), 'deep '.repeat(10), 'deeper,'.repeat(10))
  const server = await scratchWithDatabase({ stateDir, env: { XDG_RUNTIME_DIR: runtime } })
  const { socketUrl } = await server.start()
  expect(await query(socketUrl.reveal(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  const [socketDir] = await readdir(runtime)
  expect((await stat(join(runtime, socketDir ?? ''))).mode & 0o777).toBe(0o700)
  await server.stop()
  expect(await readdir(runtime)).toEqual([])
})

test('a socket folder that somebody else made a link is refused', async () => {
  const runtime = await scratchDir()
  const stateDir = join(await scratchDir(), 'deep'.repeat(20))
  const server = await scratchWithDatabase({ stateDir, env: { XDG_RUNTIME_DIR: runtime } })
  await server.start()
  const [socketDir = ''] = await readdir(runtime)
  await server.stop()
  await symlink(await scratchDir(), join(runtime, socketDir))
  await expect(server.start()).rejects.toMatchObject({ code: 'embedded.permission' })
})

test('a lost password is replaced, also while the server runs', async () => {
  const server = await scratchWithDatabase()
  const first = await server.start()
  await rm(join(server.stateDir, 'postgres', 'password'))
  const second = await server.start()
  expect(second.url.reveal()).not.toBe(first.url.reveal())
  expect(await query(second.url.reveal(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a start that was killed in the middle of making the database leaves nothing that counts', async () => {
  const server = await scratch()
  const leftover = join(server.stateDir, 'postgres', 'data.unfinished-dead', 'base')
  await mkdir(leftover, { recursive: true })
  await chmod(server.stateDir, 0o700)
  expect(await server.start()).toMatchObject({ fresh: true })
  await expect(stat(leftover)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('data of another version are left alone and named', async () => {
  const server = await scratchWithDatabase()
  await writeFile(join(server.stateDir, 'postgres', 'data', 'PG_VERSION'), '15\n')
  await expect(server.start()).rejects.toMatchObject({ code: 'embedded.version', retryable: false })
})
